import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createSecrets } from '../../src/bundle/index.ts';
import { DEFAULT_LIMITS } from '../../src/domain/automation.ts';
import { withoutSecrets } from '../../src/domain/without-secrets.ts';
import { call, endpoint, world } from '../agent/session-world.ts';
import { stubServer } from '../support/stub-server.ts';
import { allRefused, ask, CANARY } from './ask.ts';

const OTHER = 'Other+Secret/with=odd&chars 9';
const env = { ACME_TOKEN: CANARY, OTHER_TOKEN: OTHER };
const secrets = createSecrets({ env, used: Object.keys(env) });
const options = { bundle: { secrets } };

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');
const letters = [...CANARY];

/** RFC 4648, without padding. */
function base32(text: string): string {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.match(/.{1,5}/g) ?? [];
  return fives.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

const rot13 = (text: string) =>
  text.replace(/[a-z]/gi, (letter) =>
    String.fromCharCode(letter.charCodeAt(0) + (letter.toLowerCase() < 'n' ? 13 : -13)),
  );

const DISGUISES: Readonly<Record<string, string>> = {
  plain: CANARY,
  'inside words': `x${CANARY}y`,
  'in lower case': CANARY.toLowerCase(),
  'in upper case': CANARY.toUpperCase(),
  backwards: letters.toReversed().join(''),
  spaced: letters.join(' '),
  dashed: letters.join('-'),
  dotted: letters.join('.'),
  'with line breaks': letters.join('\n'),
  'with zero-width blanks': letters.join('\u200b'),
  'in base64': base64(CANARY),
  'in base64 after one byte': base64(`a${CANARY}`),
  'in base64 after two bytes': base64(`ab${CANARY}`),
  'in base64url': Buffer.from(CANARY).toString('base64url'),
  'in base64 of base64': base64(base64(CANARY)),
  'in base64 of base64 of base64': base64(base64(base64(CANARY))),
  'in base64 of hex': base64(hex(CANARY)),
  'in base64 on lines': base64(`${'x'.repeat(30)}${CANARY}`).replace(/.{16}/g, '$&\n'),
  'in base64 backwards': base64(letters.toReversed().join('')),
  'in base32': base32(CANARY),
  'in lower-case base32': base32(CANARY).toLowerCase(),
  'in hex': hex(CANARY),
  'in upper-case hex': hex(CANARY).toUpperCase(),
  'in hex with colons': hex(CANARY).replace(/..(?=.)/g, '$&:'),
  'in hex with \\x': hex(CANARY).replace(/../g, '\\x$&'),
  'in hex of base64': hex(base64(CANARY)),
  'as character codes': letters.map((letter) => letter.charCodeAt(0)).join(','),
  'as \\u escapes': letters.map((letter) => `\\u00${hex(letter)}`).join(''),
  'as HTML entities': letters.map((letter) => `&#${letter.charCodeAt(0)};`).join(''),
  'as hexadecimal entities': letters.map((letter) => `&#x${hex(letter)};`).join(''),
  'percent-encoded': letters.map((letter) => `%${hex(letter)}`).join(''),
  'percent-encoded twice': letters.map((letter) => `%25${hex(letter)}`).join(''),
  'in ROT13': rot13(CANARY),
  'in wide letters': letters
    .map((letter) => (/[!-~]/.test(letter) ? String.fromCodePoint(letter.charCodeAt(0) + 0xfee0) : letter))
    .join(''),
  'gzipped in base64': base64(gzipSync(`some words before ${CANARY} and after`)),
  'zlib in base64': base64(deflateSync(CANARY.repeat(3))),
  'deflated in base64': base64(deflateRawSync(CANARY.repeat(3))),
  'in JSON in base64': base64(JSON.stringify({ token: CANARY })),
  'as basic credentials': `Basic ${base64(`user:${CANARY}`)}`,
  'an odd value in a form': new URLSearchParams({ t: OTHER }).toString(),
  'an odd value in base64': base64(`:${OTHER}`),
  'an odd value in HTML': OTHER.replaceAll('&', '&amp;'),
};

describe('a secret that a model has got hold of does not leave', () => {
  it.each(Object.entries(DISGUISES))('%s', async (_, text) => {
    const calls = [
      { params: { d: text } },
      { params: { deep: { list: [{ d: text }] } } },
      { headers: { accept: text } },
      { method: 'POST', endpoint: '/search', data: { q: text } },
      { method: 'POST', endpoint: '/search', data: text },
    ];
    await allRefused(calls, { options, connection: { endpoints: [endpoint('POST /search', { intent: 'read' })] } });
  });

  it('in two halves, as the name of a field, or in the path', async () => {
    const [first, second] = [CANARY.slice(0, 12), CANARY.slice(12)];
    const calls = [
      { params: { a: first, b: second } },
      { params: { a: [first, second] } },
      { params: { [CANARY]: 1 } },
      { endpoint: `/t/${CANARY}` },
      { endpoint: `/t/${base64(CANARY)}` },
      { endpoint: `/${first}/${second}` },
    ];
    await allRefused(calls, { options });
  });

  it('but what only looks like one does', async () => {
    const texts = [
      'CANARY',
      'CANARY-7f3a',
      base64('nothing to see here, just words'),
      hex('hello hello hello'),
      'a'.repeat(500),
      OTHER.slice(0, 10),
    ];
    const { sent } = await ask(
      texts.map((d) => ({ params: { d } })),
      { options },
    );
    expect(sent).toHaveLength(texts.length);
  });
});

describe('a credential that an upstream gives back', () => {
  const forms = Object.entries(DISGUISES).filter(([name]) =>
    /^(plain|inside words|in base64|in base64 after \w+ bytes?|in base64url|in hex|in upper-case hex|percent-encoded|as basic credentials|an odd .*)$/.test(
      name,
    ),
  );

  it.each(forms)('is told to nobody: %s', async (_, text) => {
    for (const status of [200, 401, 500]) {
      const stub = await stubServer(() => ({
        status,
        body: `{"echo":${JSON.stringify(text)},"more":"bad key ${text}"}`,
      }));
      const { session } = await ask([{}], { stub, options });
      const told = JSON.stringify([session.requests, session.transcript, session.audit]);
      expect(told).not.toContain(JSON.stringify(text).slice(1, -1));
      expect(told).toContain('[redacted');
    }
  });

  it('is cut nowhere so that a part of it stays', async () => {
    const limits = { ...DEFAULT_LIMITS, maxToolResultBytes: 1_024 };
    for (const before of [990, 1_000, 1_010, 1_015, 1_020, 1_023]) {
      const stub = await stubServer(() => ({ body: `${'x'.repeat(before)}${CANARY}${'y'.repeat(3_000)}` }));
      const { session } = await ask([{}], { stub, options, automation: { limits } });
      expect(JSON.stringify(session.requests)).not.toContain(CANARY.slice(0, 8));
    }
  });

  it('of a token service is told to nobody either, in any form', async () => {
    const token = 'issued+token/0123456789abcdef';
    const issuer = await stubServer(() => ({ body: JSON.stringify({ access_token: token, expires_in: 60 }) }));
    const stub = await stubServer(({ headers }) => ({
      body: JSON.stringify({ headers, more: [base64(token), hex(token), encodeURIComponent(token)] }),
    }));
    const auth = {
      type: 'oauth2-client-credentials',
      tokenUrl: issuer.url,
      clientId: 'me',
      clientSecret: 'env:OTHER_TOKEN',
    } as const;
    const { session, upstream } = await ask([{}], { stub, options, connection: { auth } });
    expect(upstream.requests[0]?.headers.authorization).toBe(`Bearer ${token}`);
    const told = JSON.stringify([session.requests, session.transcript, session.audit]);
    for (const form of [token, base64(token), hex(token), encodeURIComponent(token)]) expect(told).not.toContain(form);
  });
});

describe('a text for people', () => {
  it.each(Object.entries(DISGUISES))('does not hold a secret %s', (_, text) => {
    const shown = withoutSecrets(secrets, `The key: ${text}.`);
    expect(shown).toMatch(/\[redacted:(ACME|OTHER)_TOKEN\]|withheld: .*(ACME|OTHER)_TOKEN/);
    expect(secrets.leaks(shown)).toEqual([]);
  });

  it('is told whole when it holds none', () => {
    const text = 'Nothing of CANARY-7f3a, dGhlIHF1aWNrIGJyb3duIGZveA== or 48656c6c6f20776f726c64 is secret.';
    expect(withoutSecrets(secrets, text)).toBe(text);
  });
});

describe('a secret in what the model says', () => {
  it('is not in the result, the record or the audit trail', async () => {
    const session = world({
      ...options,
      connections: [{}],
      script: [
        { text: `thinking of ${CANARY}`, toolCalls: [call(`tool_${CANARY}`, { a: CANARY }), call('request', CANARY)] },
        { text: `The key is ${CANARY} or ${base64(CANARY)}.` },
      ],
    });
    const { outcome } = await session.run();
    const told = JSON.stringify([session.transcript, session.audit, session.requests.map(({ system }) => system)]);
    expect(told).not.toContain(CANARY);
    expect(told).not.toContain(base64(CANARY));
    expect(JSON.stringify(outcome)).not.toContain(CANARY);
  });

  it('is never put in for a name of it', async () => {
    const { upstream } = await ask(
      [
        'env:ACME_TOKEN',
        '$ACME_TOKEN',
        `$${'{ACME_TOKEN}'}`,
        '{{ACME_TOKEN}}',
        '{{ env.ACME_TOKEN }}',
        '%ACME_TOKEN%',
        '[redacted:ACME_TOKEN]',
      ].map((d) => ({ params: { d }, headers: { accept: d } })),
      { options },
    );
    const left = upstream.requests.map(({ url, headers: { authorization: _, ...rest } }) =>
      JSON.stringify([url, rest]),
    );
    expect(left).toHaveLength(7);
    expect(left.join()).not.toContain('CANARY-');
  });
});
