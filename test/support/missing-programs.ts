import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What commands of the docs use and a bare machine may lack. */
const OPTIONAL = ['curl', 'openssl', 'jq'] as const;

const path = (process.env.PATH ?? '').split(delimiter);

/** Programs that a piece of shell names and that this machine does not have: what needs them is skipped visibly. */
export function missingPrograms(code: string): readonly string[] {
  const named = OPTIONAL.filter((program) => new RegExp(`\\b${program}\\b`).test(code));
  return named.filter((program) => !path.some((dir) => existsSync(join(dir, program))));
}
