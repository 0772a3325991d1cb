import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WEBHOOK_PRESETS } from '../../src/webhooks/index.ts';
import { secretsFrom } from '../support/webhook-requests.ts';
import { configured, PUBLIC_URL, SENDER_NOW } from '../support/webhook-senders.ts';

const NAMES = WEBHOOK_PRESETS.map(({ name }) => name);
const SIGNING = NAMES.filter((name) => !['token', 'bearer', 'basic', 'none', 'gitlab-token'].includes(name));

const headerNames = fc.constantFrom(
  'x-hub-signature-256',
  'x-hub-signature',
  'stripe-signature',
  'x-slack-signature',
  'x-slack-request-timestamp',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'svix-signature',
  'x-signature-ed25519',
  'x-signature-timestamp',
  'x-twilio-signature',
  'x-hubspot-signature-v3',
  'authorization',
  'x-token',
  'x-signature',
  'content-type',
  '__proto__',
  'constructor',
  'linear-signature',
  'x-github-event',
);
const headerValues = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    'v1,',
    'v0=',
    't=1790000000,v1=',
    'sha256=',
    '1790000000',
    'Bearer ',
    'Basic !!',
    'application/json',
    `sha256=${'é'.repeat(64)}`,
  ),
);
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
  fc.constantFrom(
    Buffer.from('{"type":"url_verification","challenge":5}'),
    Buffer.from('null'),
    Buffer.from('{"event":"endpoint.url_validation"}'),
  ),
);
const requests = fc.record({
  method: fc.constantFrom('POST', 'GET', 'post', ''),
  headers: fc.dictionary(headerNames, fc.array(headerValues, { maxLength: 3 }), { maxKeys: 6 }),
  body: bodies.map((body) => Buffer.from(body)),
  query: fc.dictionary(
    fc.constantFrom('hub.mode', 'hub.verify_token', 'hub.challenge'),
    fc.array(headerValues, { maxLength: 2 }),
  ),
  publicUrl: fc.constantFrom(PUBLIC_URL, 'not a url', 'https://[', ''),
  receivedAt: fc.constantFrom(SENDER_NOW, 0, Number.MAX_SAFE_INTEGER),
});

describe('any request at all', () => {
  it.each(NAMES)('%s: gets a verdict, an identity and no exception', (name) => {
    const { preset, auth } = configured(name);
    fc.assert(
      fc.property(requests, (request) => {
        const verification = preset.verify(request, auth, secretsFrom());
        expect(verification.ok).toBe(name === 'none' && noneIsOk(request.headers));
        preset.identify(request, auth);
        const answer = preset.handshake?.(request, auth, secretsFrom());
        expect(answer === undefined || answer.status >= 200).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('any changed byte', () => {
  it.each(SIGNING)('%s: of the body or of the signature is refused', (name) => {
    const sender = configured(name);
    const request = sender.request();
    const signatureHeaders = Object.entries(request.headers).filter(([header]) =>
      /signature(?!-timestamp)|hmac/.test(header),
    );
    expect(signatureHeaders).toHaveLength(1);
    const [header = '', [value = ''] = []] = signatureHeaders[0] ?? [];
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 7 }), (place, bit) => {
        const body = flipped(request.body, place, bit);
        // A form is signed by its fields: %2B and %2b are the same one.
        fc.pre(name !== 'twilio' || fieldsOf(body) !== fieldsOf(request.body));
        expect(sender.verdict({ ...request, body })).not.toBe('ok');
        const signature = flipped(Buffer.from(value, 'latin1'), place, bit).toString('latin1');
        expect(sender.verdict({ ...request, headers: { ...request.headers, [header]: [signature] } })).not.toBe('ok');
      }),
      { numRuns: 100 },
    );
  });
});

describe('any configuration at all', () => {
  it.each(NAMES)('%s: is judged without an exception, and a wrong one verifies nothing', (name) => {
    const { preset, auth } = configured(name);
    const keys = [
      'header',
      'encoding',
      'prefix',
      'splitOn',
      'signedPayload',
      'timestamp',
      'toleranceSeconds',
      'keyFormat',
      'username',
      '__proto__',
      'other',
    ];
    const options = fc.dictionary(
      fc.constantFrom(...keys),
      fc.oneof(fc.jsonValue(), fc.constantFrom('{body}', '{url}{body}', 'header:X', 'item:t=', 'body:a')),
    );
    fc.assert(
      fc.property(options, fc.array(fc.string(), { maxLength: 2 }), requests, (wild, secrets, request) => {
        const changed = { ...auth, secrets, options: wild };
        const problems = preset.check(changed, secretsFrom(), {});
        const verification = preset.verify(request, changed, secretsFrom());
        if (problems.length > 0 && name !== 'none') expect(verification.ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });
});

function noneIsOk(headers: Readonly<Record<string, readonly string[]>>): boolean {
  return (headers['webhook-id']?.length ?? 0) <= 1;
}

function fieldsOf(body: Buffer): string {
  return new URLSearchParams(body.toString('utf8')).toString();
}

function flipped(bytes: Buffer, place: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = place % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}
