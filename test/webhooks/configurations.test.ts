import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { presetNamed, secretsFrom } from '../support/webhook-requests.ts';
import { configured, PUBLIC_URL, SECRET, SENDER_NOW, withHeaders } from '../support/webhook-senders.ts';

function problems(
  type: string,
  options: Readonly<Record<string, unknown>>,
  secrets: readonly string[] = [SECRET],
): string {
  return presetNamed(type)
    .check({ type, secrets, options }, secretsFrom({ EMPTY: '' }), {})
    .join('\n');
}

describe('a configuration that cannot work is refused at load', () => {
  it.each([
    ['hmac-sha256', {}, 'webhookAuth.header is required'],
    ['hmac-sha256', { header: 'X Signature' }, 'must be the name of a header'],
    ['hmac-sha256', { header: 'X', heder: 'Y' }, 'did you mean "header"'],
    ['hmac-sha256', { header: 'X', encoding: 'base32' }, 'must be one of hex, base64'],
    ['hmac-sha256', { header: 'X', splitOn: ';' }, 'webhookAuth.splitOn must be one of'],
    ['hmac-sha256', { header: 'X', signedPayload: '{timestamp}' }, '{body} exactly once'],
    ['hmac-sha256', { header: 'X', signedPayload: '{body}{body}' }, '{body} exactly once'],
    ['hmac-sha256', { header: 'X', signedPayload: '{body}{id}' }, 'unknown placeholder {id}'],
    ['hmac-sha256', { header: 'X', signedPayload: '{timestamp}.{body}' }, 'say with timestamp'],
    ['hmac-sha256', { header: 'X', timestamp: 'header:T' }, 'anyone could change it'],
    ['hmac-sha256', { header: 'X', timestamp: 'query:t' }, 'must be header:NAME'],
    ['hmac-sha256', { header: 'X', timestamp: 'item:t=', signedPayload: '{timestamp}{body}' }, 'needs splitOn'],
    ['hmac-sha256', { header: 'X', timestamp: 'body:t', signedPayload: '{timestamp}{body}' }, 'not read before'],
    ['hmac-sha256', { header: 'X', toleranceSeconds: 300 }, 'needs timestamp'],
    ['hmac-sha256', { header: 'X', toleranceSeconds: 0 }, 'from 1 to 86400'],
    ['hmac-sha256', { header: 5 }, 'must be text'],
    ['hmac-sha256', { header: 'X', username: 'ada' }, 'has no meaning for this type'],
    ['hmac-sha256', { header: 'X', signedPayload: '{url}{body}' }, 'webhook.publicUrl is required'],
    ['twilio', {}, 'webhook.publicUrl is required'],
    ['hubspot', {}, 'webhook.publicUrl is required'],
    ['sentry', { timestamp: 'header:Sentry-Hook-Timestamp', toleranceSeconds: 300 }, 'anyone could change it'],
    ['linear', { timestamp: 'header:Linear-Timestamp' }, 'anyone could change it'],
    ['hmac-sha256', { header: 'X', secretPrefix: SECRET }, 'must not be empty after'],
    ['token', {}, 'webhookAuth.header is required'],
    ['basic', {}, 'webhookAuth.username is required'],
    ['basic', { username: 'a:b' }, 'must not contain ":"'],
    ['basic', { username: 'env:UNSET' }, 'webhookAuth.username env:UNSET is not set'],
    ['meta', { verifyToken: 'env:EMPTY' }, 'webhookAuth.verifyToken env:EMPTY'],
    ['none', {}, 'webhookAuth.secret has no meaning'],
  ])('%s %j: %s', (type, options, sentence) => {
    expect(problems(type, options)).toContain(sentence);
  });

  it.each([
    ['github', [], 'webhookAuth.secret is required'],
    ['github', ['env:UNSET'], 'env:UNSET is not set'],
    ['github', [SECRET, 'env:EMPTY'], 'env:EMPTY must not be empty'],
    ['standard-webhooks', ['whsec_'], 'must not be empty after "whsec_"'],
    ['standard-webhooks', ['whsec_!!!'], 'must be base64 after "whsec_"'],
    ['standard-webhooks', ['whpk_AAAA'], 'use type "ed25519"'],
    ['gitlab', ['gl-secret'], 'type "gitlab-token"'],
    ['gitlab', ['whsec_AAAA'], 'must encode 32 bytes'],
    ['discord', ['zz'], 'must be an Ed25519 public key written as raw-hex'],
    ['sendgrid', ['AAAA'], 'must be a P-256 public key written as spki-base64'],
  ])('%s with the secrets %j: %s', (type, secrets, sentence) => {
    expect(problems(type, {}, secrets)).toContain(sentence);
  });

  it('says nothing of a literal secret itself', () => {
    expect(problems('standard-webhooks', {}, ['whsec_?my-secret?'])).not.toContain('my-secret');
  });

  it('refuses a key of another kind, and a private one', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const pem = (key: typeof publicKey, type: 'spki' | 'pkcs8') =>
      key.export({ format: 'pem', type } as never).toString();
    const options = { header: 'X', keyFormat: 'pem' };
    expect(problems('ecdsa-p256-sha256', options, [pem(publicKey, 'spki')])).toContain('P-256 public key');
    expect(problems('ecdsa-p256-sha256', options, [pem(privateKey, 'pkcs8')])).toContain('P-256 public key');
  });
});

describe('the fields of a file', () => {
  it('lie over those of the preset', () => {
    const fields = {
      timestamp: 'header:X-Grafana-Alerting-Timestamp',
      signedPayload: '{timestamp}:{body}',
      toleranceSeconds: 60,
    };
    const sender = configured('grafana', fields);
    const request = sender.request();
    expect(sender.verdict(request)).toBe('ok');
    expect(sender.verdict({ ...request, receivedAt: SENDER_NOW + 61_000 })).toBe('stale_timestamp');
    expect(configured('grafana').verdict(request)).toBe('signature_mismatch');
  });

  it('may give the public key under its own name', () => {
    const sender = configured('discord');
    const request = sender.request();
    const auth = { type: 'discord', secrets: [], options: { publicKey: sender.auth.secrets[0] } };
    expect(sender.preset.verify(request, auth, secretsFrom()).ok).toBe(true);
  });

  it('may give keys as PEM', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const auth = {
      type: 'ed25519',
      secrets: [publicKey.export({ format: 'pem', type: 'spki' }).toString()],
      options: { header: 'X-Signature', keyFormat: 'pem', prefix: 'v1a,', splitOn: ' ', encoding: 'base64' },
    };
    const preset = presetNamed('ed25519');
    expect(preset.check(auth, secretsFrom(), {})).toEqual([]);
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const sample = preset.sampleRequest?.({ now: SENDER_NOW, id: '1', privateKey: pem }, auth, secretsFrom());
    expect(sample).toMatchObject({ ok: true, headers: { 'x-signature': expect.stringMatching(/^v1a,/) } });
  });

  it('resolve references at the last moment', () => {
    const { preset, request } = configured('github');
    const auth = { type: 'github', secrets: ['env:NEW', 'env:OLD'], options: {} };
    expect(preset.verify(request(), auth, secretsFrom({ NEW: 'new', OLD: SECRET })).ok).toBe(true);
    expect(preset.verify(request(), auth, secretsFrom({ NEW: 'new' }))).toEqual({ ok: false, reason: 'config_error' });
  });
});

describe('static credentials', () => {
  it('compare the scheme of HTTP without case and all else exactly', () => {
    const sender = configured('bearer');
    const request = sender.request();
    expect(sender.verdict(withHeaders(request, { authorization: `bearer ${SECRET}` }))).toBe('ok');
    expect(sender.verdict(withHeaders(request, { authorization: `Bearer ${SECRET.toUpperCase()}` }))).toBe(
      'token_mismatch',
    );
    expect(sender.verdict(withHeaders(request, { authorization: SECRET }))).toBe('malformed_signature');
    expect(sender.verdict(withHeaders(request, { authorization: 'Bearer ' }))).toBe('token_mismatch');
  });

  it('hold for secrets beyond ASCII as they come over the wire', () => {
    const { preset } = configured('token');
    const auth = { type: 'token', secrets: ['pässwörd-✓'], options: { header: 'X-Token' } };
    const wire = Buffer.from('pässwörd-✓', 'utf8').toString('latin1');
    const verdict = (value: string) =>
      preset.verify(
        { method: 'POST', headers: { 'x-token': [value] }, body: Buffer.alloc(0), receivedAt: 0 },
        auth,
        secretsFrom(),
      );
    expect(verdict(wire)).toEqual({ ok: true });
    expect(verdict('pässwörd-✓')).toEqual({ ok: false, reason: 'token_mismatch' });
  });

  it('hold for passwords with colons, and refuse another scheme', () => {
    const { preset } = configured('basic');
    const auth = { type: 'basic', secrets: ['pa:ss'], options: { username: 'env:USER' } };
    const verdict = (authorization: string) =>
      preset.verify(
        { method: 'POST', headers: { authorization: [authorization] }, body: Buffer.alloc(0), receivedAt: 0 },
        auth,
        secretsFrom({ USER: 'ada' }),
      );
    const credentials = Buffer.from('ada:pa:ss').toString('base64');
    expect(verdict(`Basic ${credentials}`)).toEqual({ ok: true });
    expect(verdict(`Bearer ${credentials}`)).toEqual({ ok: false, reason: 'malformed_signature' });
    expect(verdict(`Basic ${Buffer.from('eve:pa:ss').toString('base64')}`)).toEqual({
      ok: false,
      reason: 'token_mismatch',
    });
  });
});

describe('settings', () => {
  it('are not missed where nobody gives them', () => {
    const { preset, auth } = configured('twilio');
    expect(preset.check(auth, secretsFrom())).toEqual([]);
    expect(preset.check(auth, secretsFrom(), { publicUrl: PUBLIC_URL })).toEqual([]);
  });
});
