import { generateKeyPairSync } from 'node:crypto';
import type { WebhookAuth } from '../../src/domain/automation.ts';
import type { SampleOptions, WebhookPreset, WebhookRequest } from '../../src/domain/ports/webhook-preset.ts';
import { arrived, presetNamed, secretsFrom } from './webhook-requests.ts';

export const SENDER_NOW = 1_790_000_000_000;
export const PUBLIC_URL = 'https://hooks.example.com/webhooks/sample?team=ops%2Fapi';
export const SECRET = 'a-long-enough-secret-of-a-sender';

const WHSEC = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const SECRETS: Readonly<Record<string, string>> = { gitlab: WHSEC, svix: WHSEC, 'standard-webhooks': WHSEC };
const OPTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'hmac-sha256': { header: 'X-Signature' },
  'hmac-sha1': { header: 'X-Signature', prefix: 'sha1=' },
  'hmac-sha512': { header: 'X-Signature', encoding: 'base64' },
  ed25519: {
    header: 'X-Signature',
    timestamp: 'header:X-Time',
    signedPayload: '{timestamp}.{body}',
    toleranceSeconds: 60,
  },
  'ecdsa-p256-sha256': { header: 'X-Signature', encoding: 'base64' },
  token: { header: 'X-Token' },
  basic: { username: 'ada' },
  meta: { verifyToken: 'a-verify-token' },
};

/** One preset, configured as in a file, with all that it takes to play its sender. */
export interface ConfiguredSender {
  readonly preset: WebhookPreset;
  readonly auth: WebhookAuth;
  readonly privateKey?: string;
  /** A request as it arrives, signed at `SENDER_NOW` unless told otherwise. */
  request(options?: Partial<SampleOptions>): WebhookRequest;
  verdict(request: WebhookRequest): string;
}

/** Configures a preset with a secret (or a fresh key pair) of the kind that it takes. */
export function configured(name: string, overrides: Readonly<Record<string, unknown>> = {}): ConfiguredSender {
  const preset = presetNamed(name);
  const pair = keyPairFor(name);
  const secret = pair?.publicKey ?? SECRETS[name] ?? SECRET;
  const auth: WebhookAuth = {
    type: name,
    secrets: name === 'none' ? [] : [secret],
    options: { ...OPTIONS[name], ...overrides },
  };
  return {
    preset,
    auth,
    ...(pair && { privateKey: pair.privateKey }),
    request: (options = {}) => {
      const filled = { now: SENDER_NOW, id: 'delivery-1', publicUrl: PUBLIC_URL, ...pair, ...options };
      const sample = preset.sampleRequest?.(filled, auth, secretsFrom()) ?? { ok: false as const, reason: 'none' };
      return arrived(sample, { receivedAt: filled.now, publicUrl: PUBLIC_URL });
    },
    verdict: (request) => {
      const verification = preset.verify(request, auth, secretsFrom());
      return verification.ok ? 'ok' : verification.reason;
    },
  };
}

/** The same request with other headers; `undefined` takes one away. */
export function withHeaders(
  request: WebhookRequest,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): WebhookRequest {
  const lines = Object.entries({ ...request.headers, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? [value] : value] as const],
  );
  return { ...request, headers: Object.fromEntries(lines) };
}

function keyPairFor(name: string): { readonly publicKey: string; readonly privateKey: string } | undefined {
  if (name === 'discord' || name === 'ed25519') {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    return { publicKey: raw.toString('hex'), privateKey: pem(privateKey) };
  }
  if (name !== 'sendgrid' && name !== 'ecdsa-p256-sha256') return undefined;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    privateKey: pem(privateKey),
  };
}

function pem(key: ReturnType<typeof generateKeyPairSync>['privateKey']): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}
