import { createFormIndex, type FormHit } from './form-index.ts';
import { type NamedSecret, secretForms } from './secret-forms.ts';

interface Form {
  readonly text: string;
  readonly name: string;
}

/**
 * Makes the function that replaces every secret value, in each of its usual encodings, by `[redacted:NAME]`. Values
 * under 8 characters are left alone. Redact before truncating: a cut value is not recognised any more.
 */
export function createRedactor(secrets: readonly NamedSecret[]): (text: string) => string {
  const forms = secrets.flatMap(({ name, value }) => secretForms(value).map((text): Form => ({ text, name })));
  const find = createFormIndex(forms);
  return (text) => {
    const hits = find(text);
    return hits.length === 0 ? text : withoutHits(text, hits);
  };
}

/** Hits that overlap are one: no rest of the shorter or later one stays behind. */
function withoutHits(text: string, hits: readonly FormHit<Form>[]): string {
  const sorted = [...hits].sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, form } of sorted) {
    if (start >= done) parts.push(text.slice(done, start), `[redacted:${form.name}]`);
    done = Math.max(done, end);
  }
  return parts.join('') + text.slice(done);
}
