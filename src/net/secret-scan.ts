import { createFormIndex } from './form-index.ts';
import { type NamedSecret, secretForms } from './secret-forms.ts';
import { readingsOf } from './secret-readings.ts';

/** The parts of a request that a model had a say in; what the runtime adds (its own credentials) is not among them. */
export interface OutgoingParts {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const PLAIN = /^[\t\n\r -~]*$/;

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

/** Letters and digits alone: forwards, backwards, in ROT13, in hex and in base32. */
function bareFormsOf({ name, value }: NamedSecret): readonly Form[] {
  const text = bare(value);
  if (text.length < MIN_BARE_LENGTH) return [];
  const backwards = [...text].reverse().join('');
  const forms = [text, backwards, rotated(text), Buffer.from(value).toString('hex'), ...base32Forms(value)];
  return forms.map((one) => ({ name, text: one }));
}

function reversedForm(value: string): readonly string[] {
  return value.length < 8 ? [] : [[...value].reverse().join('')];
}

function bare(text: string): string {
  const lower = text.toLowerCase();
  return PLAIN.test(lower) ? lower.replace(/[^a-z0-9]+/g, '') : lower.replace(/[^\p{L}\p{N}]+/gu, '');
}

/** ROT13 of lower-case letters. */
function rotated(text: string): string {
  return text.replace(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97));
}

/** The letters that the value alone decides, for each of the five places in a group at which it may begin. */
function base32Forms(value: string): readonly string[] {
  const bits = [...Buffer.from(value)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return [0, 1, 2, 3, 4].map((skipped) =>
    (bits.slice(skipped).match(/[01]{5}/g) ?? [])
      .map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)])
      .join(''),
  );
}
