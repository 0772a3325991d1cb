import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, createSecretScan } from '../../src/net/index.ts';

const VALUE = 'c4n/ry+"<T>&ok=en ü!';
const secrets = [
  { name: 'TOKEN', value: VALUE },
  { name: 'PEM', value: '-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----\n' },
  { name: 'SHORT', value: 'abc1234' },
];
const redact = createRedactor(secrets);
const scan = createSecretScan(secrets);

const FORMS: Readonly<Record<string, string>> = {
  'as it is': VALUE,
  'escaped for JSON': JSON.stringify({ key: VALUE }),
  'escaped for JSON twice': JSON.stringify(JSON.stringify({ key: VALUE })),
  'escaped for JSON with slashes': JSON.stringify(VALUE).replaceAll('/', '\\/'),
  'escaped for JSON in HTML': JSON.stringify(VALUE).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
  'percent-encoded': encodeURIComponent(VALUE),
  'percent-encoded in lower case': encodeURIComponent(VALUE).replace(/%../g, (triplet) => triplet.toLowerCase()),
  'in a form': new URLSearchParams({ key: VALUE }).toString(),
  'in HTML': VALUE.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  'in hex': Buffer.from(VALUE).toString('hex'),
  'in upper-case hex': Buffer.from(VALUE).toString('hex').toUpperCase(),
  'in base64': Buffer.from(VALUE).toString('base64'),
  'in base64 after one byte': Buffer.from(`x${VALUE}yz`).toString('base64'),
  'in base64 after two bytes': Buffer.from(`:x${VALUE}y`).toString('base64'),
  'in base64 of a user and a password': `Basic ${Buffer.from(`user:${VALUE}`).toString('base64')}`,
  'in base64url': Buffer.from(VALUE).toString('base64url'),
  'in percent-encoded base64': encodeURIComponent(Buffer.from(`ab${VALUE}`).toString('base64')),
};

describe('redaction', () => {
  it.each(Object.entries(FORMS))('replaces a secret %s', (_, text) => {
    const out = redact(`before ${text} after`);
    expect(out).toMatch(/^before .*\[redacted:TOKEN\].* after$/s);
    expect(Buffer.from(out.replace(/.*\]/s, ''), 'base64').toString()).not.toContain(VALUE.slice(4, 14));
    expect(out).not.toContain(VALUE.slice(4, 14));
  });

  it('finds a secret file with or without its last line break', () => {
    expect(redact('-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----')).toBe('[redacted:PEM]');
    expect(redact('x-----BEGIN KEY-----\nabcdefgh\n-----END KEY-----\ny')).toBe('x[redacted:PEM]y');
  });

  it('leaves short values and everything else alone', () => {
    const text = 'abc1234 and c4n/ry and plain words $& $1 \\';
    expect(redact(text)).toBe(text);
  });

  it('leaves no rest where two secrets overlap', () => {
    const both = createRedactor([
      { name: 'A', value: 'abcdefgh' },
      { name: 'B', value: 'efghijklmnop' },
      { name: 'C', value: 'abcdefghijkl' },
    ]);
    expect(both('1abcdefghijklmnop2')).toBe('1[redacted:C]2');
    expect(both('abcdefghabcdefgh')).toBe('[redacted:A][redacted:A]');
    expect(createRedactor([{ name: 'R', value: 'aaaaaaaa' }])('aaaaaaaaaaa')).toBe('[redacted:R]');
  });

  it('hides every secret in every text around it', () => {
    const value = fc.string({ unit: 'binary', minLength: 8, maxLength: 24 }).filter((text) => text.trim().length >= 8);
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
        const out = createRedactor([{ name: 'X', value: secret }])(JSON.stringify({ text: before + secret + after }));
        expect(out).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
    );
  });

  it('takes well under a second for a megabyte and forty secrets', () => {
    const many = Array.from({ length: 40 }, (_, n) => ({ name: `S${n}`, value: `secret-value-${n}-${'x'.repeat(n)}` }));
    const text = `${'lorem ipsum secret-valu '.repeat(44_000)}secret-value-7-xxxxxxx`;
    const big = createRedactor(many);
    const before = process.cpuUsage();
    expect(big(text)).toMatch(/\[redacted:S7\]$/);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(900);
  });
});

describe('the scan of what leaves', () => {
  it.each(Object.entries(FORMS))('names a secret %s, in URL, headers and body', (_, text) => {
    expect(scan({ url: `https://a.test/?d=${text}` })).toEqual(['TOKEN']);
    expect(scan({ headers: { 'x-a': text } })).toEqual(['TOKEN']);
    expect(scan({ body: `d=${encodeURIComponent(text)}` })).toEqual(['TOKEN']);
  });

  it('names it reversed and spread out, too', () => {
    expect(scan({ body: [...VALUE].reverse().join('') })).toEqual(['TOKEN']);
    expect(createSecretScan([{ name: 'K', value: 'sk-live-0123' }])({ body: 's k-l\u200bive -01\n23' })).toEqual(['K']);
  });

  it('names nothing where there is nothing', () => {
    expect(scan({ url: 'https://a.test/x?y=%zz', headers: { accept: '*/*' }, body: '{"a":"abc1234"}' })).toEqual([]);
  });
});
