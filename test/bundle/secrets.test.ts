import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSecrets } from '../../src/bundle/index.ts';

const SECRET = 'p@ss"w0rd/with+odd=&chars';
const secrets = createSecrets({
  env: { TOKEN: SECRET, SHORT: 'abc', EMPTY: '', PLAIN: 'not a secret here' },
  used: ['TOKEN', 'SHORT', 'EMPTY', 'GONE'],
});

describe('secrets', () => {
  it('are resolved by the name of their variable; literals stand for themselves', () => {
    expect(secrets.resolve('env:TOKEN')).toBe(SECRET);
    expect(secrets.resolve('literal')).toBe('literal');
    expect(secrets.variable('PLAIN')).toBe('not a secret here');
  });

  it('name the variable that is not set or empty', () => {
    for (const name of ['GONE', 'EMPTY', 'toString', '__proto__']) {
      expect(() => secrets.resolve(`env:${name}`), name).toThrow(`The variable ${name} is not set or empty`);
    }
  });

  it('are taken out of text in every usual form', () => {
    for (const form of [
      SECRET,
      JSON.stringify(SECRET),
      encodeURIComponent(SECRET),
      encodeURIComponent(SECRET).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
      new URLSearchParams({ a: SECRET }).toString(),
      Buffer.from(SECRET).toString('hex'),
      Buffer.from(SECRET).toString('hex').toUpperCase(),
      Buffer.from(SECRET).toString('base64'),
      Buffer.from(SECRET).toString('base64url'),
      Buffer.from(`u:${SECRET}`).toString('base64'),
      Buffer.from(`us:${SECRET}!`).toString('base64'),
    ]) {
      expect(secrets.redact(`before ${form} after`), form).toContain('[redacted:TOKEN]');
    }
  });

  it('are named when they stand in a text, however written', () => {
    expect(secrets.leaks(`a ${SECRET} b ${encodeURIComponent(SECRET)}`)).toEqual(['TOKEN']);
    expect(secrets.leaks('abc not a secret here')).toEqual([]);
  });

  it('leave short values and all other text alone', () => {
    expect(secrets.redact('abc not a secret here')).toBe('abc not a secret here');
  });

  it('take the longest of overlapping secrets', () => {
    const two = createSecrets({ env: { A: 'secret-one', B: 'secret-one-and-more' }, used: ['A', 'B'] });
    expect(two.redact('secret-one-and-more secret-one')).toBe('[redacted:B] [redacted:A]');
  });

  it('redact the keys of providers although no file names them', () => {
    const { redact } = createSecrets({ env: { OPENAI_API_KEY: 'sk-1234567890' }, used: [] });
    expect(redact('key sk-1234567890')).toBe('key [redacted:OPENAI_API_KEY]');
  });

  it('redact literals of files without a name', () => {
    const { redact } = createSecrets({ env: {}, used: [], literals: new Map([['literal 1', 'written-in-the-file']]) });
    expect(redact('x written-in-the-file')).toBe('x [redacted:literal 1]');
  });

  it('never leave a value in a text, whatever surrounds it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 40 }), fc.string(), fc.string(), (value, before, after) => {
        const { redact } = createSecrets({ env: { X: value }, used: ['X'] });
        const redacted = redact(`${before}${value}${after}`);
        return redacted.includes('[redacted:X]') || before.includes(value) || value.trim().length < 8;
      }),
    );
  });
});
