/** Text of a model or an upstream, safe for a terminal: no control characters but newline and tab, no bidi tricks. */
export function printable(text: string): string {
  return [...text].filter((character) => !isUnprintable(character.codePointAt(0) ?? 0)).join('');
}

function isUnprintable(code: number): boolean {
  if (code === 0x0a || code === 0x09) return false;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  return (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}
