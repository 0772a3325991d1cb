/** Shorter values occur in ordinary text by chance. */
const MIN_CHARACTERS = 8;
/** The start of a secret's base64 depends on what stands before it: three alignments. */
const ALIGNMENTS = [0, 1, 2];

/** Replaces every value, in the forms in which text usually carries it, by `[redacted:NAME]`; longest first. */
export function createRedaction(values: ReadonlyMap<string, string>): (text: string) => string {
  const names = new Map<string, string>();
  for (const [name, value] of values) {
    if (value.length < MIN_CHARACTERS) continue;
    for (const form of formsOf(value)) if (form.length >= MIN_CHARACTERS && !names.has(form)) names.set(form, name);
  }
  if (names.size === 0) return (text) => text;
  const forms = [...names.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(forms.map(escaped).join('|'), 'g');
  return (text) => text.replace(pattern, (form) => `[redacted:${names.get(form) ?? ''}]`);
}

function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const json = JSON.stringify(value).slice(1, -1);
  const percent = encodeURIComponent(value);
  const hex = bytes.toString('hex');
  const html = value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
  const plus = new URLSearchParams({ v: value }).toString().slice(2);
  const lower = percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const texts = [value, value.trim(), json, percent, lower, plus, html, hex, hex.toUpperCase()];
  return [...new Set([...texts, ...ALIGNMENTS.flatMap((shift) => base64Forms(bytes, shift))])];
}

/** The characters that depend on the value alone: the first and the last may share bits with their neighbours. */
function base64Forms(bytes: Buffer, shift: number): readonly string[] {
  const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
  const skip = shift === 0 ? 0 : shift + 1;
  const whole = Math.floor((shifted.length * 8) / 6);
  const standard = shifted.toString('base64').slice(skip, whole);
  return [standard, standard.replaceAll('+', '-').replaceAll('/', '_')];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
