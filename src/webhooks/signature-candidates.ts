import type { SignatureShape } from './auth-shape.ts';

const LONGEST_HEADER = 4096;
const MOST_CANDIDATES = 16;

/** The signatures that a header offers, prefix taken off; undefined when it is not written as this sender writes it. */
export function signatureCandidates(value: string, shape: SignatureShape): readonly string[] | undefined {
  if (value.length > LONGEST_HEADER) return undefined;
  const { splitOn, prefix } = shape;
  const items =
    splitOn === undefined
      ? [value]
      : value
          .split(splitOn)
          .map((item) => item.trim())
          .filter(Boolean);
  const fitting = prefix === undefined ? items.map((item) => withoutAlgorithm(item, shape)) : withPrefix(items, prefix);
  return fitting.length === 0 || fitting.length > MOST_CANDIDATES ? undefined : fitting;
}

/** `scheme` words of HTTP (`Bearer `) compare without case, every other prefix exactly. */
export function afterPrefix(text: string, prefix: string): string | undefined {
  const start = text.slice(0, prefix.length);
  const isScheme = /^[A-Za-z][A-Za-z0-9-]* $/.test(prefix);
  const fits = isScheme ? start.toLowerCase() === prefix.toLowerCase() : start === prefix;
  return fits ? text.slice(prefix.length) : undefined;
}

function withPrefix(items: readonly string[], prefix: string): readonly string[] {
  return items.map((item) => afterPrefix(item, prefix)).filter((item) => item !== undefined);
}

/** `sha256=` before an HMAC-SHA256, and so on: the algorithm itself still comes from the file. */
function withoutAlgorithm(item: string, { scheme, type }: SignatureShape): string {
  const name = scheme === 'hmac' ? `${type.slice('hmac-'.length)}=` : '';
  return item.startsWith(name) ? item.slice(name.length) : item;
}
