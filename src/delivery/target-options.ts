import { AmodalError } from '../domain/error.ts';
import type { Secrets } from '../domain/ports/secrets.ts';

export type Options = Readonly<Record<string, unknown>>;

/** A text of a target with its reference resolved; undefined when it is not there. Throws like `Secrets.resolve`. */
export function textOption(options: Options, name: string, secrets: Secrets): string | undefined {
  const value = options[name];
  return typeof value === 'string' && value !== '' ? secrets.resolve(value) : undefined;
}

/** A text of a target that must be there. */
export function requiredText(options: Options, name: string, secrets: Secrets): string {
  const value = textOption(options, name, secrets);
  if (value === undefined || value === '') throw new AmodalError('bad_request', `the target needs "${name}", a text`);
  return value;
}

/** A record of texts (headers), references resolved. */
export function textRecord(value: unknown, secrets: Secrets): Readonly<Record<string, string>> {
  if (value === null || typeof value !== 'object') return {};
  const texts = Object.entries(value).filter(([, text]) => typeof text === 'string');
  return Object.fromEntries(texts.map(([name, text]) => [name, secrets.resolve(String(text))]));
}

/** Sentences of what is missing: each name must be a text that is not empty. */
export function missingTexts(options: Options, names: readonly string[]): readonly string[] {
  const missing = names.filter((name) => typeof options[name] !== 'string' || options[name] === '');
  return missing.map((name) => `the target needs "${name}", a text that is not empty`);
}
