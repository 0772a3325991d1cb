import { type NamedSecret, secretForms } from './secret-forms.ts';

interface Form {
  readonly text: string;
  readonly name: string;
}

interface Hit {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/**
 * Makes the function that replaces every secret value, in each of its usual encodings, by `[redacted:NAME]`. Values
 * under 8 characters are left alone. Redact before truncating: a cut value is not recognised any more.
 */
export function createRedactor(secrets: readonly NamedSecret[]): (text: string) => string {
  const forms = secrets.flatMap(({ name, value }) => secretForms(value).map((text): Form => ({ text, name })));
  return (text) => {
    const hits = forms.flatMap((form) => hitsOf(text, form));
    return hits.length === 0 ? text : withoutHits(text, hits);
  };
}

function hitsOf(text: string, form: Form): Hit[] {
  const hits: Hit[] = [];
  for (let start = text.indexOf(form.text); start >= 0; start = text.indexOf(form.text, start + 1)) {
    hits.push({ start, end: start + form.text.length, name: form.name });
  }
  return hits;
}

/** Hits that overlap are one: no rest of the shorter or later one stays behind. */
function withoutHits(text: string, hits: readonly Hit[]): string {
  const sorted = [...hits].sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, name } of sorted) {
    if (start >= done) parts.push(text.slice(done, start), `[redacted:${name}]`);
    done = Math.max(done, end);
  }
  return parts.join('') + text.slice(done);
}
