import { AmodalError } from '../domain/error.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import { type Reference, variableOf } from '../domain/secret.ts';
import { createRedactor, createSecretScan } from '../net/index.ts';

/** What a bundle's secrets are made of. */
export interface SecretsOptions {
  /** Variables of the process and of `.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of the variables whose values are secret. */
  readonly used: Iterable<string>;
  /** Secrets that stand in the files themselves, by what they are called in redacted text. */
  readonly literals?: ReadonlyMap<string, string>;
}

/** Variables that hold a secret although no file names them. */
const ALWAYS_SECRET = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'GOOGLE_API_KEY', 'AMODAL_SECRET', 'AMODAL_TOKEN'];

/** Resolves and redacts the references of one load; the values are those of the moment of loading. */
export function createSecrets({ env, used, literals = new Map() }: SecretsOptions): Secrets {
  const variable = (name: string) => (Object.hasOwn(env, name) ? env[name] || undefined : undefined);
  const redact = once(() => createRedactor(named()));
  const scan = once(() => createSecretScan(named()));
  const named = () => [
    ...[...new Set([...used, ...ALWAYS_SECRET])].map((name) => ({ name, value: variable(name) ?? '' })),
    ...[...literals].map(([name, value]) => ({ name, value })),
  ];
  return {
    variable,
    resolve: (reference) => resolve(reference, variable),
    redact: (text) => redact()(text),
    leaks: (text) => scan()({ body: text }),
  };
}

/** The forms of every secret are worked out when the first text is looked at. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function resolve(reference: Reference, variable: (name: string) => string | undefined): string {
  const name = variableOf(reference);
  if (name === undefined) return reference;
  const value = variable(name);
  if (value !== undefined) return value;
  const message = `The variable ${name} is not set or empty: put ${name}=… into .env or the environment.`;
  throw new AmodalError('unavailable', message);
}
