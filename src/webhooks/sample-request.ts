import { createPrivateKey, sign } from 'node:crypto';
import type { WebhookAuth } from '../domain/automation.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import type { SampleOptions, SampleRequest, WebhookRequest } from '../domain/ports/webhook-preset.ts';
import type { AuthShape, SignatureShape } from './auth-shape.ts';
import { type Key, readKeys } from './read-keys.ts';
import type { SampleBody, Sender } from './sender.ts';
import { signedBytes } from './signed-bytes.ts';
import { macText } from './verify-signature.ts';

/** What a made-up request is made with. */
export interface Sampling {
  readonly sender: Sender;
  readonly auth: WebhookAuth;
  readonly shape: AuthShape;
  readonly secrets: Secrets;
}

/** A request as the sender would make it, signed with the first secret. */
export function sampleRequest(options: SampleOptions, sampling: Sampling): SampleRequest {
  const { sender, shape } = sampling;
  const keys = readKeys(sampling.auth, shape, sampling.secrets);
  if (!keys.ok) return { ok: false, reason: keys.problems.join('; ') };
  const sample = sender.sample(options);
  const body = options.body ?? Buffer.from(sample.body, 'utf8');
  const headers = { 'content-type': sample.contentType, ...lowerCase(sample) };
  const [key] = keys.keys;
  if (shape.scheme === 'none') return { ok: true, method: 'POST', headers, body };
  if (shape.scheme === 'token' || shape.scheme === 'basic') {
    const value = key?.type === 'bytes' ? key.bytes.toString('latin1') : '';
    return { ok: true, method: 'POST', headers: { ...headers, [shape.header]: `${shape.prefix}${value}` }, body };
  }
  const fresh = withTime(body, options.now, shape);
  return signed(options, { headers, body: fresh, shape, sender, ...(key && { key }) });
}

interface Draft {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly shape: SignatureShape;
  readonly sender: Sender;
  readonly key?: Key;
}

function signed(options: SampleOptions, draft: Draft): SampleRequest {
  const { shape, body } = draft;
  const time = shape.timestampUnit === 's' ? Math.floor(options.now / 1000) : options.now;
  const timestamp = String(time);
  const headers: Record<string, string> = { ...draft.headers };
  for (const part of shape.template) if (part.type === 'header') headers[part.name] ??= options.id;
  if (shape.timestamp?.from === 'header') headers[shape.timestamp.name] = timestamp;
  const content = contentOf(options, draft, { headers, timestamp });
  if (!content) return { ok: false, reason: 'webhook.publicUrl is needed: this sender signs the URL' };
  const signature = signatureOf(content, draft, options.privateKey);
  if (signature === undefined) {
    return {
      ok: false,
      reason: 'only the sender has the private key: pass one of your own whose public key is configured',
    };
  }
  const item = shape.timestamp?.from === 'item' ? `${shape.timestamp.prefix}${timestamp}${shape.splitOn ?? ','}` : '';
  headers[shape.header] = `${item}${shape.prefix ?? ''}${signature}`;
  return { ok: true, method: 'POST', headers, body };
}

function contentOf(
  { publicUrl, now }: SampleOptions,
  { shape, sender, body }: Draft,
  { headers, timestamp }: { readonly headers: Readonly<Record<string, string>>; readonly timestamp: string },
): Buffer | undefined {
  const lines = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  const request: WebhookRequest = { method: 'POST', headers: lines, body, receivedAt: now };
  if (sender.signedContents) return publicUrl ? sender.signedContents(request, publicUrl)[0] : undefined;
  const url = publicUrl && (sender.signedUrl?.(publicUrl) ?? publicUrl);
  return signedBytes(shape.template, request, { timestamp, ...(url && { url }) });
}

function signatureOf(content: Buffer, { shape, key }: Draft, privateKey: string | undefined): string | undefined {
  if (key?.type === 'bytes') return macText(content, key.bytes, shape);
  if (!privateKey) return undefined;
  const algorithm = shape.type === 'ed25519' ? null : 'sha256';
  return sign(algorithm, content, createPrivateKey(privateKey)).toString(shape.encoding);
}

/** A time inside of a JSON body would be stale in a kept example: it becomes the time of the request. */
function withTime(body: Buffer, now: number, { timestamp, timestampUnit }: SignatureShape): Buffer {
  if (timestamp?.from !== 'body' || timestamp.path.includes('.')) return body;
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return body;
    const time = timestampUnit === 's' ? Math.floor(now / 1000) : now;
    return Buffer.from(JSON.stringify({ ...value, [timestamp.path]: time }), 'utf8');
  } catch {
    return body;
  }
}

function lowerCase({ headers = {} }: SampleBody): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
