/** Most bytes of an event in a prompt, counted in the escaped form. */
export const MAX_EVENT_BYTES = 10_240;

/** The tags that hold data; no text of a prompt may contain one of them outside `encodeDataBlock`. */
export const DATA_TAGS = ['event_data', 'attached_files', 'last_run', 'tool_result'] as const;

export type DataTag = (typeof DATA_TAGS)[number];

export interface DataBlock {
  readonly tag: DataTag;
  /** Stands only in the opening tag: what comes from outside can never name it. */
  readonly nonce?: string;
  /** Further attributes of the opening tag, escaped like the value. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly value: BlockValue;
  /** Most bytes of the escaped form; what is over is cut on a character boundary. */
  readonly maxBytes: number;
}

/** A value to be written as JSON, or JSON text that is already at hand (its digits and keys are kept as they are). */
export type BlockValue = { readonly value: unknown } | { readonly json: string };

export interface DecodedBlock {
  readonly tag: DataTag;
  readonly attributes: Readonly<Record<string, string>>;
  /** The value, or the text that is left of it when the block was cut. */
  readonly value: unknown;
  readonly truncated: boolean;
}

/** Ranges of what could be read as markup, ends a line, or is invisible; in JSON it may stand as `\uXXXX` instead. */
const UNSAFE_RANGES = [
  '<>&',
  '\\u007f-\\u009f\\u00ad',
  '\\u034f',
  '\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f',
  '\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164',
  '\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb',
  '\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}',
  '\\p{Surrogate}',
];
const UNSAFE = new RegExp(`[${UNSAFE_RANGES.join('')}]`, 'gu');

/** One character of escaped JSON: an escaped pair, an escape, or a code point. */
const CHARACTER = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]/suy;

const BLOCK = new RegExp(`<(${DATA_TAGS.join('|')})((?: [a-z_]+="[^"<>]*")*)>\\n(.*)\\n(?:\\[[^\\n]*\\]\\n)?</\\1>`);
const TAG = new RegExp(`<\\s*/?\\s*(${DATA_TAGS.join('|')})\\b[^<>\\n]{0,200}>?`, 'gi');

/**
 * Data as a block of a prompt: compact JSON on one line in which no character can close the block, between an opening
 * tag with the nonce and a fixed closing tag. Over `maxBytes` it is cut, says so, and tells its whole size.
 */
export function encodeDataBlock({ tag, nonce, attributes = {}, value, maxBytes }: DataBlock): string {
  const json = 'json' in value ? value.json : toJson(value.value);
  const escaped = escapeJson(json);
  const cut = cutEscaped(escaped, maxBytes);
  const all = {
    ...(nonce === undefined ? {} : { nonce }),
    ...attributes,
    ...(cut === escaped ? {} : { truncated: 'true', original_bytes: String(Buffer.byteLength(json)) }),
  };
  const opening = Object.entries(all).map(([name, text]) => ` ${name}="${escapeAttribute(text)}"`);
  const note = cut === escaped ? '' : `[cut here: ${Buffer.byteLength(cut)} bytes shown, the rest is left out]\n`;
  return `<${tag}${opening.join('')}>\n${cut}\n${note}</${tag}>`;
}

/** Reads the first block of a text back; undefined when there is none. */
export function decodeDataBlock(text: string): DecodedBlock | undefined {
  const [, tag, opening = '', body = ''] = BLOCK.exec(text) ?? [];
  if (!isDataTag(tag)) return undefined;
  const pairs = [...opening.matchAll(/ ([a-z_]+)="([^"]*)"/g)];
  const attributes = Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, unescapeAttribute(value)]));
  const truncated = attributes.truncated === 'true';
  return { tag, attributes, truncated, value: truncated ? body : JSON.parse(body) };
}

/** JSON text without the blanks between its parts: numbers, keys and their order stay as the sender wrote them. */
export function compactJson(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/gs, (_, string: string | undefined) => string ?? '');
}

/** A text in which data tags are words in brackets: what stands outside a block can neither open nor close one. */
export function withoutDataTags(text: string): string {
  return text.replace(TAG, (_, name: string) => `(${name})`);
}

function toJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function escapeJson(json: string): string {
  return json.replace(UNSAFE, (character) => {
    const units = [...Array(character.length).keys()].map((index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

function cutEscaped(escaped: string, maxBytes: number): string {
  if (escaped.length <= maxBytes && Buffer.byteLength(escaped) <= maxBytes) return escaped;
  let bytes = 0;
  CHARACTER.lastIndex = 0;
  for (let end = 0; ; end = CHARACTER.lastIndex) {
    const character = CHARACTER.exec(escaped)?.[0] ?? '';
    bytes += Buffer.byteLength(character);
    if (character === '' || bytes > maxBytes) return escaped.slice(0, end);
  }
}

function escapeAttribute(text: string): string {
  return escapeJson(JSON.stringify(text).slice(1, -1)).replaceAll('\\"', '\\u0022');
}

function unescapeAttribute(text: string): string {
  return JSON.parse(`"${text}"`);
}

function isDataTag(tag: string | undefined): tag is DataTag {
  return DATA_TAGS.some((known) => known === tag);
}
