import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { linesOf, presetNamed, secretsFrom } from '../support/webhook-requests.ts';
import { configured, SENDER_NOW } from '../support/webhook-senders.ts';

interface Example {
  readonly type: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly publicUrl?: string;
  /** Unix seconds. */
  readonly now: number;
}

describe('examples that the senders publish', () => {
  it.each<Example>([
    {
      type: 'github',
      secret: "It's a Secret to Everybody",
      headers: { 'X-Hub-Signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' },
      body: 'Hello, World!',
      now: 1_700_000_000,
    },
    {
      type: 'slack',
      secret: '8f742231b10e8888abcd99yyyzzz85a5',
      headers: {
        'X-Slack-Request-Timestamp': '1531420618',
        'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
      },
      body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
      now: 1_531_420_618,
    },
    {
      type: 'twilio',
      secret: '12345',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'X-Twilio-Signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
      },
      body: 'CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212',
      publicUrl: 'https://mycompany.com/myapp.php?foo=1&bar=2',
      now: 1_700_000_000,
    },
  ])('$type: is accepted, and refused under another secret', ({ type, secret, headers, body, publicUrl, now }) => {
    const request = {
      method: 'POST',
      headers: linesOf(headers),
      body: Buffer.from(body),
      receivedAt: now * 1000,
      ...(publicUrl && { publicUrl }),
    };
    const verdict = (one: string) =>
      presetNamed(type).verify(request, { type, secrets: [one], options: {} }, secretsFrom());
    expect(verdict(secret)).toMatchObject({ ok: true });
    expect(verdict(`${secret}!`)).toEqual({ ok: false, reason: 'signature_mismatch' });
  });
});

describe('the reference library of Standard Webhooks', () => {
  const sender = configured('standard-webhooks');
  const library = new Webhook(sender.auth.secrets[0] ?? '');

  it('signs what the verifier accepts', () => {
    const body = '{"type":"user.created","name":"Jörg"}';
    const time = new Date(SENDER_NOW);
    const request = {
      method: 'POST',
      headers: linesOf({
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(SENDER_NOW / 1000),
        'webhook-signature': library.sign('msg_1', time, body),
      }),
      body: Buffer.from(body),
      receivedAt: SENDER_NOW,
    };
    expect(sender.verdict(request)).toBe('ok');
    expect(sender.verdict({ ...request, body: Buffer.from(body.replace('ö', 'o')) })).toBe('signature_mismatch');
  });

  it.each(['standard-webhooks', 'svix', 'gitlab'])('accepts what %s signs here', (name) => {
    const now = Date.now();
    const one = configured(name);
    const request = one.request({ now });
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([header, [value = '']]) => [header.replace('svix-', 'webhook-'), value]),
    );
    const reader = new Webhook(one.auth.secrets[0] ?? '');
    expect(reader.verify(request.body.toString('utf8'), headers)).toEqual(JSON.parse(request.body.toString('utf8')));
  });
});

describe('signatures made by hand', () => {
  it.each([
    ['bitbucket', 'sha256', 'hex', 'x-hub-signature', 'sha256='],
    ['jira', 'sha256', 'hex', 'x-hub-signature', 'sha256='],
    ['pagerduty', 'sha256', 'hex', 'x-pagerduty-signature', 'v1='],
    ['shopify', 'sha256', 'base64', 'x-shopify-hmac-sha256', ''],
    ['sentry', 'sha256', 'hex', 'sentry-hook-signature', ''],
    ['grafana', 'sha256', 'hex', 'x-grafana-alerting-signature', ''],
    ['vercel', 'sha1', 'hex', 'x-vercel-signature', ''],
    ['intercom', 'sha1', 'hex', 'x-hub-signature', 'sha1='],
    ['typeform', 'sha256', 'base64', 'typeform-signature', 'sha256='],
    ['meta', 'sha256', 'hex', 'x-hub-signature-256', 'sha256='],
  ] as const)('%s is HMAC-%s in %s in %s', (name, algorithm, encoding, header, prefix) => {
    const { preset } = configured(name);
    const body = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
    const mac = createHmac(algorithm, 'by-hand').update(body).digest(encoding);
    const request = { method: 'POST', headers: { [header]: [prefix + mac] }, body, receivedAt: SENDER_NOW };
    expect(preset.verify(request, { type: name, secrets: ['by-hand'], options: {} }, secretsFrom()).ok).toBe(true);
  });
});
