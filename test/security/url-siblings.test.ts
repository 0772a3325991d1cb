import { describe, expect, it } from 'vitest';
import { stubServer } from '../support/stub-server.ts';
import { allRefused, ask } from './ask.ts';

describe('an endpoint that would leave its base', () => {
  it.each([
    ['%2e%2e/admin', '%2E%2E/admin', '.%2e/admin', 'users/%2e%2e/%2e%2e/admin', '/%2e/%2e%2e/admin', '..;a=b/admin'],
    [
      '%252e%252e/admin',
      '%25252e%25252e%25252fadmin',
      '..%252f..%252fadmin',
      '%c0%ae%c0%ae/admin',
      '%u002e%u002e/admin',
    ],
    [
      '//evil.test/x',
      '///evil.test',
      '/\\/evil.test',
      '\\/\\/evil.test',
      '/%2fevil.test',
      'a//evil.test/x',
      '%2f%2fevil.test',
    ],
    ['user:pass@evil.test', 'http:evil.test', 'ws://evil.test', 'ftp:x', 'blob:x', 'HtTpS://evil.test', 'x:80/evil'],
    [
      '/a b',
      '/a\tb',
      '/a\nb',
      '/a\r\nHost: evil.test',
      '/a%0d%0aHost:%20evil.test',
      '/a%00b',
      '/a%09b',
      '/x?a=%0d%0aX:1',
      '/a#b',
    ],
    [
      '/%ef%bc%8e%ef%bc%8e/admin',
      '/%e2%80%a5/admin',
      '/a%ef%bc%8fb',
      '/a%ef%bc%bcb',
      '/%e3%80%82%e3%80%82/x',
      '/é',
      '/a\u00adb',
    ],
    ['/.%20/admin', '/..%20/admin', '/%20../admin', '/.%e2%80%8b./admin', '/a/..', '/a/.', '..', '.', '/a/%2e'],
  ])('is refused: %s …', async (...endpoints) => {
    await allRefused(endpoints.map((endpoint) => ({ endpoint })));
  });

  it('cannot be put together from a path and a query that belongs to the connection', async () => {
    const stub = await stubServer();
    const connection = { baseUrl: `${stub.url}/v2?tenant=t1` };
    const endpoints = [
      '/x?tenant=t2',
      '/x?Tenant=t2',
      '/x?TENANT[]=t2',
      '/x?%74enant=t2',
      '/x?a=1;tenant=t2',
      '/x?+tenant=t2',
    ];
    await allRefused(
      endpoints.map((endpoint) => ({ endpoint })),
      { stub, connection },
    );
    await allRefused([{ params: { tenant: 't2' } }, { params: { 'tenant[0]': 't2' } }], { stub, connection });
    const { sent } = await ask([{ endpoint: '/x?tenants=2' }], { stub, connection });
    expect(sent).toEqual(['GET /v2/x?tenant=t1&tenants=2']);
  });

  it('is refused when it is too long, whatever it is', async () => {
    await allRefused([{ endpoint: `/${'a'.repeat(9_000)}` }, { params: { d: 'x'.repeat(9_000) } }]);
  });

  it('goes through when it only looks odd', async () => {
    const endpoints = [
      '/a..b',
      '/...',
      '/a/..b/c',
      '/.well-known/x',
      '/a%20b',
      '/%E2%9C%93',
      '/~a',
      "/it's",
      '/a=b;c=d',
      '/x?u=https://a.test/..',
      '/a:b',
      '/x?q=%2e%2e%2f',
      '/x?at=1;2',
    ];
    const { sent } = await ask(endpoints.map((endpoint) => ({ endpoint })));
    expect(sent.sort()).toEqual(endpoints.map((path) => `GET /v2${path}`).sort());
  });
});
