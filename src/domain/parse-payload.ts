import { isUtf8 } from 'node:buffer';
import type { Event } from './event.ts';
import { isNestedDeeper } from './nesting.ts';

export const MOST_NESTING = 100;

const MOST_FIELDS = 10_000;

/** Why an authentic body is kept as it is instead of as data. */
export type PayloadFlag = 'empty' | 'not_utf8' | 'unparsable';

/** An event's body as data. */
export interface Payload {
  readonly format: Exclude<Event['format'], 'none'>;
  /** The exact text (JSON without its byte order mark); base64 where the body is not UTF-8. */
  readonly body: string;
  /** What JSON or a form said: objects have no prototype. The text itself for `text`, undefined for `binary`. */
  readonly value: unknown;
  readonly flag?: PayloadFlag;
}

export type ParsedPayload =
  | { readonly ok: true; readonly payload: Payload }
  /** Nested deeper than `MOST_NESTING`: refused, for whoever walks it later. */
  | { readonly ok: false; readonly reason: 'too_deep' };

/**
 * Reads a body by its content type: JSON, a form (where a field `payload` holds JSON, that JSON), else text. What is an
 * object or a list in JSON under another or no content type counts as JSON: `curl -d` calls everything a form. What does
 * not parse is kept as text with a flag.
 */
export function parsePayload(body: Buffer, contentType: string | undefined): ParsedPayload {
  const text = decodeUtf8(body);
  if (text === undefined)
    return done({ format: 'binary', body: body.toString('base64'), value: undefined, flag: 'not_utf8' });
  const kind = kindOf(contentType);
  if (text.trim() === '') return done({ format: 'text', body: text, value: text, flag: 'empty' });
  const json = looksLikeJson(text) || kind === 'json' ? parseJson(text) : undefined;
  if (json === 'too_deep') return { ok: false, reason: 'too_deep' };
  if (json) return done({ format: 'json', body: withoutMark(text), value: json.value });
  if (kind === 'form') return parseForm(text);
  return done({ format: 'text', body: text, value: text, ...(kind === 'json' && { flag: 'unparsable' as const }) });
}

function done(payload: Payload): ParsedPayload {
  return { ok: true, payload };
}

function decodeUtf8(body: Buffer): string | undefined {
  return isUtf8(body) ? body.toString('utf8') : undefined;
}

function kindOf(contentType: string | undefined): 'json' | 'form' | 'other' {
  const [type = ''] = (contentType ?? '').toLowerCase().split(';');
  if (type.trim() === 'application/x-www-form-urlencoded') return 'form';
  return /[/+]json$/.test(type.trim()) ? 'json' : 'other';
}

/** Objects and lists only: a bare word in a text is no JSON document that somebody meant. */
function looksLikeJson(text: string): boolean {
  return /^\uFEFF?\s*[[{]/.test(text);
}

function parseJson(text: string): { readonly value: unknown } | 'too_deep' | undefined {
  const plain = withoutMark(text);
  const tooDeep = isNestedDeeper(plain, MOST_NESTING);
  try {
    return tooDeep ? 'too_deep' : { value: withoutPrototypes(JSON.parse(plain)) };
  } catch {
    return undefined;
  }
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function parseForm(text: string): ParsedPayload {
  const fields = fieldsOf(text);
  const { payload } = fields;
  const json = typeof payload === 'string' ? parseJson(payload) : undefined;
  if (json === 'too_deep') return { ok: false, reason: 'too_deep' };
  return done({ format: 'form', body: text, value: json && isObject(json.value) ? json.value : fields });
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === 'object';
}

/** A name that comes several times holds the list of its values; fields beyond 10,000 do not count. */
function fieldsOf(text: string): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    if (++count > MOST_FIELDS) break;
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [before, value];
  }
  return fields;
}

/** The same data in objects that inherit nothing, so that `__proto__` and `constructor` are plain keys. */
function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (value === null || typeof value !== 'object') return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) copy[key] = withoutPrototypes(Reflect.get(value, key));
  return copy;
}
