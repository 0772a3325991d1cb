import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** Of all deeper readings of one text: the loop must not wait for them. */
const MAX_DEEP_CHARACTERS = 150_000;
const MAX_DEPTH = 3;
const MAX_READINGS = 48;
const MAX_INFLATED_BYTES = 200_000;

const BASE64 = /[A-Za-z0-9+/_-]{11,}={0,2}/g;
const BASE32 = /(?:[A-Z2-7]{13,}|[a-z2-7]{13,})={0,6}/g;
const HEX = /(?:(?:\\x|0x|%)?[0-9a-f]{2}[\s:,;.-]{0,2}){8,}/gi;
const CODES = /(?:\d{2,3}[\s,;]{1,2}){7,}\d{2,3}/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * What a text may mean to whoever gets it: as it is, with escapes and encodings undone, one inside the other. Never
 * complete; it is for finding what is known, not for refusing what is not.
 */
export function readingsOf(text: string): readonly string[] {
  const once = percentDecoded(text);
  const light = [text, once, percentDecoded(once), unescaped(text)];
  const found = new Set([...light, ...light.map((one) => one.replace(/[\s\p{Cf}]+/gu, ''))]);
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
        if (read.length < 8 || found.has(read) || found.size >= MAX_READINGS || read.length > room) continue;
        room -= read.length;
        found.add(read);
        next.push(read);
      }
    }
    layer = next;
  }
}

function decodings(text: string): readonly string[] {
  const packed = [...runs(text, BASE64, base64), ...runs(text, BASE32, base32)];
  const codes = [...runs(text, HEX, hex), ...runs(text, CODES, characterCodes)];
  const plain = [percentDecoded(text), unescaped(text), text.normalize('NFKC'), rotated(text)];
  return [...new Set([...packed, ...codes, ...plain])].filter((one) => one !== text);
}

/** All runs of an alphabet, decoded: as one text, and each unpacked where it is compressed. */
function runs(text: string, pattern: RegExp, decode: (run: string) => Buffer): string[] {
  const bytes = (text.match(pattern) ?? []).map(decode);
  if (bytes.length === 0) return [];
  return [bytes.map((one) => one.toString('utf8')).join('\n'), ...bytes.flatMap(inflated)];
}

function base64(run: string): Buffer {
  return Buffer.from(run, 'base64');
}

function hex(run: string): Buffer {
  return Buffer.from(run.replaceAll(/\\x|0x|[^0-9a-f]/gi, ''), 'hex');
}

function characterCodes(run: string): Buffer {
  return Buffer.from(run.split(/[\s,;]+/).map((code) => Math.min(255, Number(code))));
}

function base32(run: string): Buffer {
  const bits = [...run.toUpperCase().replace(/=+$/, '')].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from((bits.join('').match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** What gzip, zlib or deflate made of a text; nothing where it is none of them. */
function inflated(bytes: Buffer): string[] {
  const options = { maxOutputLength: MAX_INFLATED_BYTES };
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.length > 2 && bytes.readUInt16BE(0) % 31 === 0;
  const unpack = isGzip ? gunzipSync : isZlib ? inflateSync : inflateRawSync;
  try {
    return bytes.length < 12 ? [] : [unpack(bytes, options).toString('utf8')];
  } catch {
    return [];
  }
}

/** Decodes each run of escapes, whatever the rest of the text is. */
function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

/** Escapes of JavaScript and entities of HTML. */
function unescaped(text: string): string {
  return text
    .replace(/\\u\{?([0-9a-f]{2,6})\}?|\\x([0-9a-f]{2})/gi, (all, wide?: string, short?: string) =>
      character(Number.parseInt(wide ?? short ?? '', 16), all),
    )
    .replace(/&#x([0-9a-f]{1,6});?|&#(\d{1,7});?|&(amp|lt|gt|quot|apos);/gi, (all, hexadecimal, decimal, name) =>
      name
        ? (ENTITIES[name.toLowerCase()] ?? all)
        : character(Number.parseInt(hexadecimal ?? decimal, hexadecimal ? 16 : 10), all),
    );
}

function character(code: number, otherwise: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}

/** ROT13. */
function rotated(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const first = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });
}
