import type { Reference } from '../secret.ts';

/** The variables of one bundle load; a reload makes a new one. */
export interface Secrets {
  /** The value of `env:NAME` or the literal itself; throws `AmodalError('unavailable')` naming an unset variable. */
  resolve(reference: Reference): string;
  /** Replaces every known secret value (in its usual encodings) by `[redacted:NAME]`. Redact before truncating. */
  redact(text: string): string;
  /** Names of the secrets whose value, in any usual encoding, stands in a text that is about to leave. */
  leaks(text: string): readonly string[];
  /** Plain values for template use (`webhook.env` allow-list, `provider` keys): undefined when unset. */
  variable(name: string): string | undefined;
}
