import { createPublicKey, type KeyObject } from 'node:crypto';
import type { WebhookAuth } from '../domain/automation.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import { describeReference, type Reference } from '../domain/secret.ts';
import type { AuthShape, SignatureShape } from './auth-shape.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** The DER header of a raw Ed25519 public key (RFC 8410). */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** One configured secret as the key that it is. */
export type Key =
  | { readonly type: 'bytes'; readonly bytes: Buffer }
  | { readonly type: 'public'; readonly key: KeyObject };

/** Every secret as a key, or a sentence for each that is not one. Fails as a whole: a half-configured rotation is an error. */
export type KeysReading =
  | { readonly ok: true; readonly keys: readonly Key[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Resolves and decodes the secrets of a `webhookAuth`. Sentences name references, never values. */
export function readKeys(auth: WebhookAuth, shape: AuthShape, secrets: Secrets): KeysReading {
  if (shape.scheme === 'none') return { ok: true, keys: [] };
  const references = referencesOf(auth);
  if (references.length === 0)
    return { ok: false, problems: [`webhookAuth.secret is required for type "${auth.type}"`] };
  const readings = references.map((reference) => readKey(reference, shape, secrets));
  const problems = readings.flatMap((reading) => (typeof reading === 'string' ? [reading] : []));
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, keys: readings.filter((reading) => typeof reading !== 'string') };
}

/** `readKeys` that reads the keys of one load once: secrets are those of the moment of loading. Failures are read again. */
export function createKeyCache(): typeof readKeys {
  const loads = new WeakMap<Secrets, WeakMap<WebhookAuth, KeysReading>>();
  return (auth, shape, secrets) => {
    const load = loads.get(secrets) ?? new WeakMap<WebhookAuth, KeysReading>();
    loads.set(secrets, load);
    const reading = load.get(auth) ?? readKeys(auth, shape, secrets);
    if (reading.ok) load.set(auth, reading);
    return reading;
  };
}

/** The configured secrets; for public-key schemes `publicKey` is another name of `secret`. */
export function referencesOf({ secrets, options }: WebhookAuth): readonly Reference[] {
  if (secrets.length > 0) return secrets;
  const { publicKey } = options;
  if (typeof publicKey === 'string') return [publicKey];
  return Array.isArray(publicKey) ? publicKey.filter((one): one is string => typeof one === 'string') : [];
}

/** The value of a reference; undefined when its variable is not set. */
export function resolved(reference: Reference, secrets: Secrets): string | undefined {
  try {
    return secrets.resolve(reference);
  } catch {
    return undefined;
  }
}

function readKey(reference: Reference, shape: Exclude<AuthShape, { scheme: 'none' }>, secrets: Secrets): Key | string {
  const subject = `webhookAuth.secret ${describeReference(reference)}`;
  const value = resolved(reference, secrets);
  if (value === undefined) return `${subject} is not set`;
  if (value === '') return `${subject} must not be empty`;
  if (shape.scheme === 'public-key') return readPublicKey(value, shape, subject);
  if (shape.scheme === 'basic') return basicKey(value, shape, secrets);
  if (shape.scheme !== 'hmac') return { type: 'bytes', bytes: Buffer.from(value, 'utf8') };
  const encoded = withoutPrefix(value, shape);
  if (encoded === '') return `${subject} must not be empty after "${shape.secretPrefix}"`;
  if (shape.secretEncoding === 'utf8') return { type: 'bytes', bytes: Buffer.from(encoded, 'utf8') };
  if (!BASE64.test(encoded))
    return `${subject} must be base64${shape.secretPrefix ? ` after "${shape.secretPrefix}"` : ''}`;
  return { type: 'bytes', bytes: Buffer.from(encoded, 'base64') };
}

/** User and password as they stand after `Basic `. */
function basicKey(password: string, { username }: { readonly username: Reference }, secrets: Secrets): Key | string {
  const user = resolved(username, secrets);
  if (!user) return `webhookAuth.username ${describeReference(username)} is not set or empty`;
  if (user.includes(':')) return 'webhookAuth.username must not contain ":", which ends the user name in HTTP Basic';
  return { type: 'bytes', bytes: Buffer.from(Buffer.from(`${user}:${password}`, 'utf8').toString('base64')) };
}

function withoutPrefix(value: string, shape: AuthShape): string {
  const prefix = shape.scheme === 'hmac' || shape.scheme === 'public-key' ? shape.secretPrefix : undefined;
  return prefix && value.startsWith(prefix) ? value.slice(prefix.length) : value;
}

function readPublicKey(value: string, shape: SignatureShape, subject: string): Key | string {
  const expected = shape.type === 'ed25519' ? 'an Ed25519 public key' : 'a P-256 public key';
  const problem = `${subject} must be ${expected} written as ${shape.keyFormat}`;
  try {
    const key = publicKeyOf(withoutPrefix(value, shape), shape);
    if (!key) return problem;
    const fits =
      shape.type === 'ed25519'
        ? key.asymmetricKeyType === 'ed25519'
        : key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    return fits ? { type: 'public', key } : problem;
  } catch {
    return problem;
  }
}

/** Throws (from `node:crypto`) when the bytes are no key. */
function publicKeyOf(value: string, { type, keyFormat }: SignatureShape): KeyObject | undefined {
  if (keyFormat === 'pem') return value.includes('PRIVATE KEY') ? undefined : createPublicKey(value);
  if (keyFormat === 'spki-base64') {
    return BASE64.test(value)
      ? createPublicKey({ key: Buffer.from(value, 'base64'), format: 'der', type: 'spki' })
      : undefined;
  }
  if (type !== 'ed25519' || !/^[0-9a-fA-F]{64}$/.test(value)) return undefined;
  return createPublicKey({
    key: Buffer.concat([ED25519_SPKI, Buffer.from(value, 'hex')]),
    format: 'der',
    type: 'spki',
  });
}
