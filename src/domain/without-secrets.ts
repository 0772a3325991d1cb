import type { Secrets } from './ports/secrets.ts';

/**
 * A text for people: redacted, and withheld altogether when what is left of it still holds a secret in disguise (packed,
 * reversed, spread out), which no redaction can take out.
 */
export function withoutSecrets({ redact, leaks }: Pick<Secrets, 'redact' | 'leaks'>, text: string): string {
  const shown = redact(text);
  const names = leaks(shown);
  return names.length === 0 ? shown : `(withheld: it holds the value of a secret in disguise: ${names.join(', ')})`;
}
