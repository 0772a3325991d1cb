import { variableOf } from '../domain/secret.ts';
import { urlProblem } from '../net/index.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, type Path, pathOfPointer, warningAt } from './finding.ts';
import type { FoundReference } from './generated/validators.js';
import { isPlainToPublic } from './plain-http.ts';

/** The variables that `env:NAME` can name: the process's own, and those of `.env`. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Resolves every reference of a file: unset variables, bad URLs, secrets that stand in the file. */
export function checkReferences(references: readonly FoundReference[], env: Env): readonly Finding[] {
  return references.flatMap((reference) => checkReference(reference, env));
}

function checkReference({ path: pointer, kind, value }: FoundReference, env: Env): readonly Finding[] {
  const path = pathOfPointer(pointer);
  if (!value.startsWith('env:')) {
    if (kind === 'secret') return [literalSecret(path, value)];
    return kind === 'url' ? checkTarget(path, value, '') : [];
  }
  const name = variableOf(value);
  if (name === undefined) {
    const expected = 'expected env:NAME, a name of letters, digits and _';
    return [errorAt(path, 'bad-reference', `${expected}, got ${quote(value)}`)];
  }
  const resolved = Object.hasOwn(env, name) ? env[name] : undefined;
  if (!resolved) {
    const state = resolved === undefined ? 'is not set' : 'is empty';
    const wayOut = `put ${name}=… into .env or the environment`;
    return [errorAt(path, 'env-unset', `the variable ${name} ${state}: ${wayOut}`)];
  }
  return kind === 'url' ? checkTarget(path, resolved, ` (from ${value})`) : [];
}

/** The value of a variable may be a secret, so no more than its host is shown. */
function checkTarget(path: Path, url: string, origin: string): readonly Finding[] {
  const isHidden = origin !== '' && !URL.canParse(url);
  const problem = isHidden ? 'expected a URL, got another text' : urlProblem(url);
  if (problem !== undefined) return [errorAt(path, 'bad-url', `${problem}${origin}`)];
  if (!isPlainToPublic(url)) return [];
  return [warningAt(path, 'plain-http', `http sends everything in plain: write https://${origin}`)];
}

function literalSecret(path: Path, value: string): Finding {
  const [, name] = /^\$\{?([A-Za-z_]\w*)\}?$/.exec(value) ?? [];
  const hint = name === undefined ? 'write env:NAME and put the value into .env' : `write env:${name}`;
  const words = name === undefined ? 'the secret stands in the file' : `${quote(value)} is taken as the secret itself`;
  return warningAt(path, 'literal-secret', `${words}: ${hint}`);
}
