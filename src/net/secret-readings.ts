/** Of all deeper readings of one text: the loop must not wait for them. */
const MAX_DEEP_CHARACTERS = 60_000;
const MAX_DEPTH = 3;
const MAX_READINGS = 32;
const MIN_READING = 8;
const MAX_INFLATED_BYTES = 100_000;

const BASE64 = /[A-Za-z0-9+/_-]{11,}={0,2}/g;
const HEX = /(?:[0-9a-f]{2}){8,}/gi;
const CODES = /(?:\d{2,3}[\s,;]{1,2}){7,}\d{2,3}/g;
const ESCAPES = /\\u\{?([0-9a-f]{2,6})\}?|(?:\\|\b0)x([0-9a-f]{2})[\s,;]{0,2}/gi;
const ENTITIES = /&#x([0-9a-f]{1,6});?|&#(\d{1,7});?|&(amp|lt|gt|quot|apos);/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const WIDE = /[\uff01-\uff5e\u2460-\u24ff\u{1d400}-\u{1d7ff}]/u;
const PLAIN = /^[\t\n\r -~]*$/;
const UNREADABLE = /[^\t\n\r -~]/g;

/**
 * What a text may mean to whoever gets it: as it is, with escapes and encodings undone, one inside the other. Never
 * complete; it is for finding what is known, not for refusing what is not.
 */
export function readingsOf(text: string): readonly string[] {
  const once = percentDecoded(text);
  const light = new Set([text, once, percentDecoded(once), unescaped(text)]);
  const found = new Set([...light, ...[...light].map(compact)]);
  addDeeper(found);
  return [...found];
}

function addDeeper(found: Set<string>): void {
  let layer = [...found];
  let room = MAX_DEEP_CHARACTERS;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const next: string[] = [];
    for (const text of layer.filter(({ length }) => length <= room)) {
      for (const read of decodings(text)) {
        if (read.length < MIN_READING || found.has(read)) continue;
        if (found.size >= MAX_READINGS || read.length > room) return;
        room -= read.length;
        found.add(read);
        next.push(read);
      }
    }
    layer = next;
  }
}

function decodings(text: string): readonly string[] {
  const packed = [
    ...runs(text, BASE64, (run) => Buffer.from(run, 'base64')),
    ...runs(text, HEX, (run) => Buffer.from(run, 'hex')),
    ...runs(text, CODES, (run) => Buffer.from(run.split(/[\s,;]+/).map((code) => Math.min(255, Number(code))))),
  ];
  return [...packed, percentDecoded(text), unescaped(text), ...(WIDE.test(text) ? [text.normalize('NFKC')] : [])];
}

/** All runs of an alphabet that become text, as one text; what was compressed is unpacked. */
function runs(text: string, pattern: RegExp, decode: (run: string) => Buffer): string[] {
  const read = (text.match(pattern) ?? []).flatMap((run) => {
    const bytes = decode(run);
    const plain = bytes.toString('utf8');
    return isReadable(plain) ? [plain] : inflated(bytes);
  });
  return read.length === 0 ? [] : [read.join('\n')];
}

/** Ordinary words in the alphabet of base64 become noise, from the beginning. */
function isReadable(text: string): boolean {
  const head = text.slice(0, 1_000);
  return (head.match(UNREADABLE)?.length ?? 0) <= head.length / 4;
}

/** What gzip, zlib or deflate made of a text; nothing where it is none of them. */
function inflated(bytes: Buffer): string[] {
  const unpack = unpackerOf(bytes);
  try {
    return unpack ? [unpack(bytes, { maxOutputLength: MAX_INFLATED_BYTES }).toString('utf8')] : [];
  } catch {
    return [];
  }
}

type Unpack = typeof import('node:zlib').gunzipSync;

/** Told by the first bytes; a raw stream by being one last block, and long enough to hold anything. */
function unpackerOf(bytes: Buffer): Unpack | undefined {
  // Asked for where it is needed: most commands start without it.
  const { gunzipSync, inflateRawSync, inflateSync } = process.getBuiltinModule('node:zlib');
  const [first = 0, second = 0] = bytes;
  if (bytes.length < 12) return undefined;
  if (first === 0x1f && second === 0x8b) return gunzipSync;
  if ((first & 0x0f) === 8 && (first * 256 + second) % 31 === 0) return inflateSync;
  return bytes.length >= 20 && [3, 5].includes(first & 7) ? inflateRawSync : undefined;
}

function compact(text: string): string {
  return PLAIN.test(text) ? text.replace(/\s+/g, '') : text.replace(/[\s\p{Cf}]+/gu, '');
}

/** Decodes each run of escapes, whatever the rest of the text is. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

/** Escapes of JavaScript and entities of HTML. */
function unescaped(text: string): string {
  const plain = text.replace(ESCAPES, (all, wide?: string, short?: string) => character(wide ?? short, 16) ?? all);
  if (!plain.includes('&')) return plain;
  return plain.replace(ENTITIES, (all, hexadecimal?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? all;
    return (hexadecimal === undefined ? character(decimal, 10) : character(hexadecimal, 16)) ?? all;
  });
}

function character(digits: string | undefined, base: 10 | 16): string | undefined {
  const code = Number.parseInt(digits ?? '', base);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
