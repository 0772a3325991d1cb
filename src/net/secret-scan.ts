import { type NamedSecret, secretForms } from './secret-forms.ts';

/** The parts of a request that a model had a say in; what the runtime adds (its own credentials) is not among them. */
export interface OutgoingParts {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Makes the function that names the secrets in what is about to leave: in their usual encodings, percent-encoded once
 * more, reversed, or spread out with blanks and invisible characters. A net for accidents, not a wall.
 */
export function createSecretScan(secrets: readonly NamedSecret[]): (outgoing: OutgoingParts) => readonly string[] {
  const wanted = secrets.map(({ name, value }) => ({ name, forms: [...secretForms(value), ...reversedForm(value)] }));
  return ({ url = '', headers = {}, body = '' }) => {
    const texts = [url, ...Object.entries(headers).flat(), body].flatMap(readings);
    const found = wanted.filter(({ forms }) => forms.some((form) => texts.some((text) => text.includes(form))));
    return [...new Set(found.map(({ name }) => name))];
  };
}

function reversedForm(value: string): string[] {
  return value.length < 8 ? [] : [[...value].reverse().join('')];
}

/** The text as it is, decoded once and twice, and each without what is blank or invisible. */
function readings(text: string): string[] {
  const once = percentDecoded(text);
  const twice = percentDecoded(once);
  const all = [...new Set([text, once, twice])];
  return [...new Set([...all, ...all.map((one) => one.replace(/[\s\p{Cf}]+/gu, ''))])];
}

/** Decodes each run of escapes, whatever the rest of the text is. */
function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}
