import { describe, expect, it } from 'vitest';
import { WEBHOOK_PRESETS } from '../../src/webhooks/index.ts';
import { secretsFrom } from '../support/webhook-requests.ts';
import { configured, PUBLIC_URL, SENDER_NOW, withHeaders } from '../support/webhook-senders.ts';

const NAMES = WEBHOOK_PRESETS.map(({ name }) => name);
const SIGNING = NAMES.filter((name) => !['token', 'bearer', 'basic', 'none', 'gitlab-token'].includes(name));
const TIMED: Readonly<Record<string, number>> = {
  gitlab: 300,
  stripe: 300,
  slack: 300,
  linear: 60,
  zoom: 300,
  svix: 300,
  'standard-webhooks': 300,
  hubspot: 300,
  ed25519: 60,
};
const SIGNATURE_HEADERS: Readonly<Record<string, string>> = {
  github: 'x-hub-signature-256',
  gitlab: 'webhook-signature',
  'gitlab-token': 'x-gitlab-token',
  bitbucket: 'x-hub-signature',
  jira: 'x-hub-signature',
  stripe: 'stripe-signature',
  slack: 'x-slack-signature',
  linear: 'linear-signature',
  pagerduty: 'x-pagerduty-signature',
  shopify: 'x-shopify-hmac-sha256',
  sentry: 'sentry-hook-signature',
  grafana: 'x-grafana-alerting-signature',
  vercel: 'x-vercel-signature',
  intercom: 'x-hub-signature',
  zoom: 'x-zm-signature',
  typeform: 'typeform-signature',
  meta: 'x-hub-signature-256',
  svix: 'svix-signature',
  'standard-webhooks': 'webhook-signature',
  discord: 'x-signature-ed25519',
  sendgrid: 'x-twilio-email-event-webhook-signature',
  twilio: 'x-twilio-signature',
  hubspot: 'x-hubspot-signature-v3',
  token: 'x-token',
  bearer: 'authorization',
  basic: 'authorization',
};

describe('every sender', () => {
  it('has a name of its own', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
  });

  it.each(NAMES)('%s: a request as it sends them is accepted and its configuration is sound', (name) => {
    const sender = configured(name);
    expect(sender.preset.check(sender.auth, secretsFrom(), { publicUrl: PUBLIC_URL })).toEqual([]);
    expect(sender.verdict(sender.request())).toBe('ok');
  });

  it.each(SIGNING)('%s: another body under the same signature is refused', (name) => {
    const sender = configured(name);
    const request = sender.request();
    const body = Buffer.concat([request.body, Buffer.from(' ')]);
    expect(sender.verdict({ ...request, body })).toBe('signature_mismatch');
  });

  it.each(Object.entries(SIGNATURE_HEADERS))('%s: %s must come, once, and say something', (name, header) => {
    const sender = configured(name);
    const request = sender.request();
    const value = request.headers[header]?.[0] ?? '';
    expect(value).not.toBe('');
    expect(sender.verdict(withHeaders(request, { [header]: undefined }))).toBe('missing_header');
    expect(sender.verdict(withHeaders(request, { [header]: '' }))).toBe('missing_header');
    expect(sender.verdict(withHeaders(request, { [header]: [value, value] }))).toBe('duplicate_header');
  });

  it.each(Object.entries(TIMED))('%s: the window of %i seconds is inclusive and counts both ways', (name, seconds) => {
    const sender = configured(name);
    const request = sender.request();
    const at = (age: number) => sender.verdict({ ...request, receivedAt: SENDER_NOW + age * 1000 });
    expect([at(seconds), at(-seconds)]).toEqual(['ok', 'ok']);
    expect([at(seconds + 1), at(-seconds - 1)]).toEqual(['stale_timestamp', 'future_timestamp']);
  });

  it.each(SIGNING)(
    '%s: gives the replay key of what was signed, not of how it was spelled, where the same bytes are the same event',
    (name) => {
      const sender = configured(name);
      const request = sender.request();
      const spelled = withHeaders(request, { 'x-other': 'header' });
      const keys = [request, spelled].map((one) => sender.preset.verify(one, sender.auth, secretsFrom()));
      const replayKey = sender.preset.isGeneral ? undefined : expect.stringMatching(/^[0-9a-f]{64}$/);
      expect(keys[0]).toEqual({ ok: true, ...(replayKey && { replayKey }) });
      expect(keys[1]).toEqual(keys[0]);
    },
  );

  it.each(NAMES.filter((name) => name !== 'none'))(
    '%s: any of several secrets may match, an unset one spoils them all',
    (name) => {
      const sender = configured(name);
      const other = configured(name);
      const publicKeys = sender.privateKey !== undefined;
      const wrong = publicKeys ? (other.auth.secrets[0] ?? '') : `${sender.auth.secrets[0]?.replace(/.{4}$/, 'AAAA')}`;
      const request = sender.request();
      const verdict = (secrets: readonly string[]) => {
        const result = sender.preset.verify(request, { ...sender.auth, secrets }, secretsFrom({ EMPTY: '' }));
        return result.ok ? 'ok' : result.reason;
      };
      expect(verdict([wrong, ...sender.auth.secrets])).toBe('ok');
      expect(verdict([wrong])).toMatch(/_mismatch$/);
      expect(verdict([...sender.auth.secrets, 'env:UNSET'])).toBe('config_error');
      expect(verdict([...sender.auth.secrets, 'env:EMPTY'])).toBe('config_error');
      expect(verdict([])).toBe('config_error');
    },
  );
});

describe('what each sender wants to hear', () => {
  it('is 202 except where it insists on another status', () => {
    const others = WEBHOOK_PRESETS.flatMap(({ name, acceptedStatus }) =>
      acceptedStatus ? [[name, acceptedStatus]] : [],
    );
    expect(Object.fromEntries(others)).toEqual({ slack: 200, linear: 200, zoom: 200, meta: 200, discord: 204 });
  });
});

describe('several signatures in one header', () => {
  it('are all looked at, whichever of them matches', () => {
    const sender = configured('pagerduty');
    const request = sender.request();
    const [own = ''] = request.headers['x-pagerduty-signature'] ?? [];
    const other = `v1=${'0'.repeat(64)}`;
    for (const list of [`${other},${own}`, `${own},${other}`, `${other}, v2=x, ${own}`]) {
      expect(sender.verdict(withHeaders(request, { 'x-pagerduty-signature': list }))).toBe('ok');
    }
    expect(sender.verdict(withHeaders(request, { 'x-pagerduty-signature': `${other},${other}` }))).toBe(
      'signature_mismatch',
    );
  });

  it('are at most sixteen', () => {
    const sender = configured('standard-webhooks');
    const request = sender.request();
    const [own = ''] = request.headers['webhook-signature'] ?? [];
    const list = (count: number) => [...Array.from({ length: count - 1 }, () => 'v1,AAAA'), own].join(' ');
    expect(sender.verdict(withHeaders(request, { 'webhook-signature': list(16) }))).toBe('ok');
    expect(sender.verdict(withHeaders(request, { 'webhook-signature': list(17) }))).toBe('malformed_signature');
  });
});

describe('the boundary between id, time and body', () => {
  it('cannot be moved by a dot in the id', () => {
    const sender = configured('standard-webhooks');
    const request = sender.request({ id: 'msg_1', body: Buffer.from('1790000001.{"a":1}') });
    expect(sender.verdict(request)).toBe('ok');
    const moved = withHeaders(request, {
      'webhook-id': `msg_1.${request.headers['webhook-timestamp']?.[0]}`,
      'webhook-timestamp': '1790000001',
    });
    expect(sender.verdict({ ...moved, body: Buffer.from('{"a":1}') })).toBe('malformed_signature');
  });

  it('cannot be moved by digits between time and body', () => {
    const sender = configured('discord');
    const request = sender.request({ body: Buffer.from('1{"type":1}') });
    const time = `${request.headers['x-signature-timestamp']?.[0]}1`;
    const moved = { ...withHeaders(request, { 'x-signature-timestamp': time }), body: Buffer.from('{"type":1}') };
    expect(sender.verdict(moved)).toBe('malformed_timestamp');
  });
});

describe('senders that sign their URL', () => {
  it.each(['twilio', 'hubspot'])('%s: another public URL is refused, none is our own fault', (name) => {
    const sender = configured(name);
    const request = sender.request();
    expect(sender.verdict({ ...request, publicUrl: 'https://evil.example.com/' })).toBe('signature_mismatch');
    const { publicUrl: _, ...without } = request;
    expect(sender.verdict(without)).toBe('config_error');
  });

  it('twilio: a JSON body is bound by its hash in the URL, named there or not', () => {
    const sender = configured('twilio');
    const request = withHeaders(sender.request(), { 'content-type': 'application/json' });
    expect(sender.verdict(request)).toBe('signature_mismatch');
    expect(sender.verdict({ ...request, publicUrl: `${PUBLIC_URL}&bodySHA256=00` })).toBe('signature_mismatch');
  });
});

describe('a made-up request', () => {
  it('brings the time in a body up to now, where the sender signs it there', () => {
    const sender = configured('linear');
    const body = Buffer.from('{"type":"Issue","action":"create","webhookTimestamp":1}');
    expect(sender.verdict(sender.request({ body }))).toBe('ok');
  });

  it('needs a private key where only the sender has it, and says so', () => {
    const { preset, auth } = configured('discord');
    expect(preset.sampleRequest?.({ now: SENDER_NOW, id: '1' }, auth, secretsFrom())).toMatchObject({
      ok: false,
      reason: expect.stringContaining('private key'),
    });
  });

  it('says what is missing when the configuration is wrong or the URL is unknown', () => {
    const unset = { type: 'github', secrets: ['env:UNSET'], options: {} };
    const { preset } = configured('github');
    expect(preset.sampleRequest?.({ now: SENDER_NOW, id: '1' }, unset, secretsFrom())).toMatchObject({ ok: false });
    const twilio = configured('twilio');
    expect(twilio.preset.sampleRequest?.({ now: SENDER_NOW, id: '1' }, twilio.auth, secretsFrom())).toMatchObject({
      reason: expect.stringContaining('publicUrl'),
    });
  });
});
