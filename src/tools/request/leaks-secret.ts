/**
 * Whether a text that is about to leave holds the value of a secret, as it is, percent-encoded once or twice more, or
 * spread out with blanks and invisible characters. A net for accidents, not a wall.
 */
export function leaksSecret(text: string, redact: (text: string) => string): boolean {
  const once = percentDecoded(text);
  const all = [text, once, percentDecoded(once)];
  const readings = [...all, ...all.map((one) => one.replaceAll(/[\s\p{Cf}]+/gu, ''))];
  return [...new Set(readings)].some((reading) => redact(reading) !== reading);
}

/** Decodes each escape that stands for ASCII, whatever the rest of the text is. */
function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
