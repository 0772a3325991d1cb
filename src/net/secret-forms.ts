/** A value that must not be seen, and what it is called instead. */
export interface NamedSecret {
  readonly name: string;
  readonly value: string;
}

/** Shorter values are not looked for: they would turn up in ordinary text. */
export const MIN_SECRET_LENGTH = 8;

/** Every text that gives a secret away: as it is, escaped for JSON, URLs, forms or HTML, in hex, in base64 at any offset. */
export function secretForms(value: string): readonly string[] {
  const plain = [value, value.trim()].filter((text) => text.length >= MIN_SECRET_LENGTH);
  const forms = plain.flatMap((text) => [
    text,
    ...jsonForms(text),
    ...percentForms(text),
    ...hexForms(text),
    ...base64Forms(text),
    htmlForm(text),
  ]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

function jsonForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const guarded = json.replace(/[<>&]/g, escaped);
  const ascii = json.replace(/[^ -~]/g, escaped);
  return [json, json.replaceAll('/', '\\/'), guarded, ascii, JSON.stringify(json).slice(1, -1)];
}

function percentForms(text: string): string[] {
  const percent = encodeURIComponent(Buffer.from(text).toString());
  const strict = percent.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = strict.replaceAll('%20', '+');
  const every = Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&');
  const all = [percent, strict, form, every, encodeURI(Buffer.from(text).toString())];
  return all.flatMap((one) => [one, one.replace(/%[0-9A-F]{2}/g, (triplet) => triplet.toLowerCase())]);
}

function hexForms(text: string): string[] {
  const hex = Buffer.from(text).toString('hex');
  return [hex, hex.toUpperCase()];
}

/**
 * The characters of a base64 text that the value alone decides, for each of the three places in a group at which it
 * may begin; in both alphabets, and the first percent-encoded.
 */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const certain = encoded.slice(start, end);
    const urlSafe = certain.replaceAll('+', '-').replaceAll('/', '_');
    return [certain, urlSafe, encodeURIComponent(certain)];
  });
}

function htmlForm(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}
