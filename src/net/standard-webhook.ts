import { createHmac, timingSafeEqual } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DEFAULT_TOLERANCE_SECONDS = 300;

export interface WebhookToSign {
  /** `whsec_` and base64, or base64 alone; any other text is used as its UTF-8 bytes. */
  readonly secret: string;
  /** The same on every attempt. */
  readonly id: string;
  /** Unix seconds of this attempt. */
  readonly timestamp: number;
  readonly body: string | Uint8Array;
}

/** The three headers of Standard Webhooks 1.0 (https://www.standardwebhooks.com): id, timestamp, `v1` signature. */
export function signStandardWebhook({ secret, id, timestamp, body }: WebhookToSign): {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
} {
  const signature = hmac(secret, `${id}.${timestamp}.`, body).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}

export interface WebhookToVerify {
  /** Several while rotating. */
  readonly secrets: readonly string[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | Uint8Array;
  /** Epoch ms. */
  readonly now: number;
  readonly toleranceSeconds?: number;
}

export type StandardVerification =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason:
        | 'missing_header'
        | 'malformed_timestamp'
        | 'malformed_signature'
        | 'stale_timestamp'
        | 'future_timestamp'
        | 'signature_mismatch';
    };

/** Judges a signed request in constant time; any one of several signatures under any one of the secrets will do. */
export function verifyStandardWebhook(request: WebhookToVerify): StandardVerification {
  const { secrets, headers, body, now, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = request;
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures) return { ok: false, reason: 'missing_header' };
  if (!/^[1-9]\d{0,11}$/.test(timestamp)) return { ok: false, reason: 'malformed_timestamp' };
  const age = Math.floor(now / 1000) - Number(timestamp);
  if (age > toleranceSeconds) return { ok: false, reason: 'stale_timestamp' };
  if (age < -toleranceSeconds) return { ok: false, reason: 'future_timestamp' };
  const given = signatures.split(' ').flatMap(signatureBytes);
  if (given.length === 0) return { ok: false, reason: 'malformed_signature' };
  const expected = secrets.filter(isUsable).map((secret) => hmac(secret, `${id}.${timestamp}.`, body));
  const isGenuine = expected.some((one) => given.some((other) => timingSafeEqual(one, other)));
  return isGenuine ? { ok: true } : { ok: false, reason: 'signature_mismatch' };
}

function isUsable(secret: string): boolean {
  return secret !== '' && secret !== SECRET_PREFIX;
}

/** The key's bytes; throws for an empty secret, with which anybody could sign. */
function keyOf(secret: string): Buffer {
  const bare = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret;
  const key = Buffer.from(bare, BASE64.test(bare) ? 'base64' : 'utf8');
  if (key.length === 0) throw new RangeError('a signing secret must not be empty');
  return key;
}

function hmac(secret: string, head: string, body: string | Uint8Array): Buffer {
  return createHmac('sha256', keyOf(secret)).update(head).update(body).digest();
}

/** Only canonical base64 counts: another spelling of the same bytes would be another signature to replay caches. */
function signatureBytes(entry: string): Buffer[] {
  const [version, text = '', ...rest] = entry.split(',');
  const bytes = Buffer.from(text, 'base64');
  const isCanonical = bytes.toString('base64') === text && bytes.length === 32;
  return version === 'v1' && isCanonical && rest.length === 0 ? [bytes] : [];
}
