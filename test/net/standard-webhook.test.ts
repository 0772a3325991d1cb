import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signStandardWebhook, verifyStandardWebhook } from '../../src/net/index.ts';
import { vectors } from '../support/vectors.ts';

interface Vector {
  readonly id: string;
  readonly sender: string;
  readonly auth: { readonly type: string };
  readonly secret: string | readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly body_b64?: string;
  readonly now: number;
  readonly valid: boolean;
}

const shared = vectors<Vector>('webhooks.json')?.filter(
  ({ sender, auth, body }) => sender === 'standard-webhooks' && Object.keys(auth).length === 1 && body !== undefined,
);

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NOW = 1_614_265_330_000;
const signed = signStandardWebhook({
  secret: SECRET,
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
});

describe('a Standard Webhooks signature', () => {
  it('is the published one', () => {
    expect(signed).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is accepted by the reference library', () => {
    const timestamp = Math.floor(Date.now() / 1000);
    const headers = signStandardWebhook({ secret: SECRET, id: 'dlv_1', timestamp, body: '{"ü":1}' });
    expect(new Webhook(SECRET).verify('{"ü":1}', { ...headers })).toEqual({ ü: 1 });
  });

  it('is refused when anything of it is changed, and accepted under any one of several secrets', () => {
    const verify = (changes: object) =>
      verifyStandardWebhook({ secrets: [SECRET], headers: signed, body: '{"test": 2432232314}', now: NOW, ...changes });
    expect(verify({})).toEqual({ ok: true });
    expect(verify({ secrets: ['whsec_AAAAAAAAAAAAAAAA', SECRET] })).toEqual({ ok: true });
    expect(verify({ secrets: [] })).toEqual({ ok: false, reason: 'signature_mismatch' });
    expect(verify({ body: '{"test": 2432232315}' })).toEqual({ ok: false, reason: 'signature_mismatch' });
    expect(verify({ headers: { ...signed, 'webhook-id': 'other' } })).toEqual({
      ok: false,
      reason: 'signature_mismatch',
    });
    expect(verify({ headers: { ...signed, 'webhook-id': undefined } })).toEqual({
      ok: false,
      reason: 'missing_header',
    });
    expect(verify({ headers: { ...signed, 'webhook-timestamp': '1e9' } })).toEqual({
      ok: false,
      reason: 'malformed_timestamp',
    });
    expect(verify({ headers: { ...signed, 'webhook-signature': 'v2,AAAA' } })).toEqual({
      ok: false,
      reason: 'malformed_signature',
    });
    expect(verify({ now: NOW + 301_000 })).toEqual({ ok: false, reason: 'stale_timestamp' });
    expect(verify({ now: NOW - 301_000 })).toEqual({ ok: false, reason: 'future_timestamp' });
  });

  it('takes a secret that is no base64 as its bytes, and an empty one not at all', () => {
    const headers = signStandardWebhook({ secret: 'not base64 !', id: 'a', timestamp: 1, body: '' });
    expect(verifyStandardWebhook({ secrets: ['not base64 !'], headers, body: '', now: 1000 })).toEqual({ ok: true });
    expect(() => signStandardWebhook({ secret: 'whsec_', id: 'a', timestamp: 1, body: '' })).toThrow(/empty/);
  });

  it.skipIf(!shared)(
    `agrees with the shared vectors (${shared ? `${shared.length} of them` : 'which are not checked out here'})`,
    () => {
      const wrong = (shared ?? []).filter(({ secret, headers, body = '', now, valid }) => {
        const secrets = typeof secret === 'string' ? [secret] : secret;
        const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
        return verifyStandardWebhook({ secrets, headers: lower, body, now: now * 1000 }).ok !== valid;
      });
      expect(wrong.map(({ id }) => id)).toEqual([]);
    },
  );
});
