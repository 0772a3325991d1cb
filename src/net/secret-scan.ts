import { createFormIndex } from './form-index.ts';
import { type NamedSecret, secretForms } from './secret-forms.ts';
import { readingsOf } from './secret-readings.ts';

/** The parts of a request that a model had a say in; what the runtime adds (its own credentials) is not among them. */
export interface OutgoingParts {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Shorter values are looked for with their case and punctuation: without them they could be ordinary words. */
const MIN_BARE_LENGTH = 12;

/**
 * Makes the function that names the secrets in what is about to leave: in their usual encodings, one inside the other,
 * compressed, reversed, in another case, or spread out with blanks and punctuation. A net for accidents, not a wall.
 */
export function createSecretScan(secrets: readonly NamedSecret[]): (outgoing: OutgoingParts) => readonly string[] {
  const findForm = createFormIndex(secrets.flatMap(formsOf));
  const findBare = createFormIndex(secrets.flatMap(bareFormsOf));
  return ({ url = '', headers = {}, body = '' }) => {
    const texts = [url, ...Object.entries(headers).flat(), body].filter((text) => text !== '').flatMap(readingsOf);
    const hits = texts.flatMap((text) => [...findForm(text), ...findBare(bare(text))]);
    const names = new Set(hits.map(({ form }) => form.name));
    return secrets.map(({ name }) => name).filter((name, at, all) => names.has(name) && all.indexOf(name) === at);
  };
}

interface Form {
  readonly name: string;
  readonly text: string;
}

function formsOf({ name, value }: NamedSecret): readonly Form[] {
  return [...secretForms(value), ...reversedForm(value)].map((text) => ({ name, text }));
}

/** Letters and digits alone, forwards and backwards. */
function bareFormsOf({ name, value }: NamedSecret): readonly Form[] {
  const text = bare(value);
  return text.length < MIN_BARE_LENGTH ? [] : [text, [...text].reverse().join('')].map((one) => ({ name, text: one }));
}

function reversedForm(value: string): readonly string[] {
  return value.length < 8 ? [] : [[...value].reverse().join('')];
}

function bare(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase();
}
