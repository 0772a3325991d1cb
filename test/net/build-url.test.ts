import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildUrl } from '../../src/net/index.ts';

const BASE = 'https://api.acme.test/v2';
const urlOf = (endpoint: string, params?: Readonly<Record<string, unknown>>, baseUrl = BASE) => {
  const built = buildUrl({ baseUrl, endpoint, params });
  return built.ok ? built.url : `refused: ${built.reason}`;
};

const ATTACKS = [
  ...[
    '../admin',
    '/../admin',
    'users/../../admin',
    './x/../../../root',
    '..',
    '.',
    'a/..',
    '/.',
    '..;/admin',
    'a/..;x=1/b',
  ],
  ...[
    '%2e%2e/admin',
    '%2E%2E/admin',
    '.%2e/admin',
    '%2e/x',
    'users/%2e%2e%2fadmin',
    '%252e%252e/admin',
    '%25%32%65%25%32%65/x',
  ],
  ...[
    '..%2fadmin',
    'a%2f..%2f..%2fadmin',
    '%5c..%5cadmin',
    'a%5Cb',
    'a%00b',
    'a%0d%0aHost:%20evil',
    'a%09b',
    '%',
    '%zz',
    '%c0%ae%c0%ae/x',
  ],
  ...[
    '..\\admin',
    '\\..\\..\\admin',
    '/\\evil.test/x',
    '\\\\evil.test',
    '//evil.test/x',
    '///evil.test',
    '/a//b',
    'a//evil.test',
  ],
  ...[
    'https://evil.test/x',
    'HTTPS:evil.test',
    'http:/evil.test',
    'file:///etc/passwd',
    'data:text/plain,hi',
    'javascript:1',
    'gopher://x',
  ],
  ...[
    '／／evil.test',
    'users\u2028x',
    '\uff0e\uff0e/admin',
    '%EF%BC%8E%EF%BC%8E/admin',
    'a%E2%88%95b',
    'caf\u00e9',
    'a b',
    'a\tb',
    'a\nb',
    '\ufeff/x',
  ],
  ...['users#frag', 'users?x=#y', '?a=%', '?a=%00', '?a=b\\c', 'x:80@evil.test'],
];

describe('a URL below a connection', () => {
  it.each(ATTACKS)('is refused for the endpoint %j', (endpoint) => {
    expect(buildUrl({ baseUrl: BASE, endpoint }).ok).toBe(false);
    expect(urlOf(endpoint)).toMatch(/^refused: endpoint ".*": .+/s);
  });

  it('is built for every legitimate form, with exactly the given bytes', () => {
    expect(urlOf('/users')).toBe(`${BASE}/users`);
    expect(urlOf('users/1?x=../..&y=%2F')).toBe(`${BASE}/users/1?x=../..&y=%2F`);
    expect(urlOf('users/caf%C3%A9')).toBe(`${BASE}/users/caf%C3%A9`);
    expect(urlOf('a.b/c..d')).toBe(`${BASE}/a.b/c..d`);
    expect(urlOf('/users/a@b.c')).toBe(`${BASE}/users/a@b.c`);
    expect(urlOf('v1/items:batchGet?q=a')).toBe(`${BASE}/v1/items:batchGet?q=a`);
    expect(urlOf('/x?k=$ACME_TOKEN')).toBe(`${BASE}/x?k=$ACME_TOKEN`);
    expect([urlOf(''), urlOf('/'), urlOf('users/')]).toEqual([BASE, `${BASE}/`, `${BASE}/users/`]);
  });

  it('keeps its host whatever looks like the rest of one', () => {
    for (const endpoint of ['.evil.test/x', 'evil/x', '@evil.test', 'evil.test']) {
      expect(urlOf(endpoint, {}, 'https://api.acme.test')).toBe(`https://api.acme.test/${endpoint}`);
    }
    expect(urlOf('x', {}, 'https://api.acme.test/v2/')).toBe(`${BASE}/x`);
  });

  it('has the params encoded behind the query that was given', () => {
    const params = { q: 'a b&c=d', tag: ['x', 'y'], filter: { a: 1 }, none: null, gone: undefined, n: 0, on: false };
    expect(urlOf('find?sort=up', params)).toBe(
      `${BASE}/find?sort=up&q=a+b%26c%3Dd&tag=x&tag=y&filter=%7B%22a%22%3A1%7D&n=0&on=false`,
    );
    const built = buildUrl({ baseUrl: BASE, endpoint: 'find?sort=up', params: { tag: ['x', 'y'] } });
    expect(built).toMatchObject({ path: '/find', query: { sort: 'up', tag: ['x', 'y'] } });
  });

  it('keeps the query of the base and lets nobody give one of its keys again', () => {
    const baseUrl = 'https://api.acme.test/v2?tenant=t1';
    expect(urlOf('users?x=1', { y: 2 }, baseUrl)).toBe('https://api.acme.test/v2/users?tenant=t1&x=1&y=2');
    expect(urlOf('users?tenant=t2', {}, baseUrl)).toMatch(/belongs to the connection/);
    expect(urlOf('users', { tenant: 't2' }, baseUrl)).toMatch(/belongs to the connection/);
    expect(urlOf('users?%74enant=t2', {}, baseUrl)).toMatch(/belongs to the connection/);
  });

  it('is refused for a base that is no plain http(s) URL, and when it is too long', () => {
    for (const baseUrl of ['', 'api.acme.test', 'ftp://a.test', 'https://u:p@a.test', 'https://a.test/#x']) {
      expect(buildUrl({ baseUrl, endpoint: '/x' }).ok).toBe(false);
    }
    expect(urlOf(`/${'x'.repeat(8200)}`)).toMatch(/longer than 8192/);
  });

  it('never leaves its origin and path prefix, for any endpoint and params', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '\\',
        '.',
        '..',
        '%2e',
        '%2E',
        '%2f',
        '%5c',
        '%25',
        '@',
        ':',
        '//',
        '?',
        '#',
        ';',
        '&',
        '=',
        '%00',
      ),
      fc.constantFrom(
        'http:',
        'https://evil.test',
        'evil.test',
        '\t',
        '\n',
        '\r',
        ' ',
        '\u2028',
        '\uff0f',
        '\uff0e',
        '．',
        '%c0%ae',
      ),
      fc.string({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('users', 'a', '%41', '~', '1'),
    );
    const endpoint = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''));
    const bases = fc.constantFrom(
      BASE,
      'https://api.acme.test',
      'http://127.0.0.1:8080/a/b/',
      'https://api.acme.test/v2?k=1',
    );
    const params = fc.dictionary(
      fc.string({ maxLength: 5 }),
      fc.oneof(fc.string(), fc.integer(), fc.array(fc.string())),
    );
    let accepted = 0;
    fc.assert(
      fc.property(bases, endpoint, params, (baseUrl, given, more) => {
        const built = buildUrl({ baseUrl, endpoint: given, params: more });
        if (!built.ok) return;
        accepted += 1;
        const base = new URL(baseUrl);
        const url = new URL(built.url);
        const prefix = base.pathname.replace(/\/$/, '');
        expect(url.origin).toBe(base.origin);
        expect(url.username + url.password + url.hash).toBe('');
        expect(url.pathname === prefix || url.pathname.startsWith(`${prefix}/`)).toBe(true);
        const decoded = decodeURIComponent(url.pathname.slice(prefix.length));
        expect(decoded.split(/[/\\]/).some((segment) => segment === '..' || segment === '.')).toBe(false);
        expect(`${prefix}${built.path}`.replace(/\/$/, '')).toBe(url.pathname.replace(/\/$/, ''));
      }),
      { numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(1000);
  });
});
