import type { FrontMatter } from './front-matter.ts';

const FRONT = /^---[ \t]*\r?\n((?:.*\r?\n)*?)---[ \t]*(?:\r?\n|$)/;
const LINE = /^([A-Za-z_][\w-]*):[ \t]+(.*?)[ \t]*$/;
/** Text that is the same text in YAML: no indicator, no colon or hash that could begin something, no other type. */
const PLAIN = /^[A-Za-z][A-Za-z0-9 ,.;/()'_-]*$/;
const OTHER_TYPES = /^(?:true|false|null|yes|no|on|off|inf|nan)$/i;
const LIST = /^\[\s*(.*?)\s*\]$/;
const WORD = /^[A-Za-z][\w-]*$/;

/** Reads front matter that is nothing but plain `key: text` lines and lists of words; undefined for all other. */
export function readSimpleFrontMatter(text: string): FrontMatter | undefined {
  const [whole, inner] = FRONT.exec(text) ?? [];
  if (whole === undefined || inner === undefined) return undefined;
  const data: Record<string, unknown> = {};
  const positions: Record<string, { readonly line: number; readonly column: number }> = {};
  const lines = inner.split(/\r?\n/).slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const [, key, written] = LINE.exec(line) ?? [];
    const value = written === undefined ? undefined : readValue(written);
    if (key === undefined || value === undefined || Object.hasOwn(positions, key) || key === '__proto__')
      return undefined;
    data[key] = value;
    positions[key] = { line: index + 2, column: 1 };
  }
  return { data, positions, body: text.slice(whole.length), bodyLine: lines.length + 2, findings: [] };
}

function readValue(written: string): unknown {
  if (isText(written)) return written;
  if (written === 'true' || written === 'false') return written === 'true';
  const [, inner] = LIST.exec(written) ?? [];
  const words = inner?.split(/\s*,\s*/);
  return words?.every((word) => WORD.test(word) && isText(word)) ? words : undefined;
}

function isText(written: string): boolean {
  return PLAIN.test(written) && !OTHER_TYPES.test(written);
}
