import { expect } from 'vitest';
import { endpoint } from '../../agent/session-world.ts';
import { load, messages } from '../../bundle/load.ts';
import { stubServer } from '../../support/stub-server.ts';
import { allRefused, ask, CANARY } from '../ask.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

export const urlCases: AttackCase[] = [];
const attack = attacksInto(urlCases);

const writing = { writeEnabled: true };

attack('URL-01', 'dot segments are refused', async () => {
  const endpoints = [
    '../admin',
    '/../admin',
    'users/../../admin',
    './x/../../../root',
    '%2e%2e/admin',
    '/a/.%2E/b',
    '/..;/admin',
  ];
  await allRefused(endpoints.map((path) => ({ endpoint: path })));
});

attack('URL-03', 'encoded slashes are refused', async () => {
  const endpoints = ['..%2fadmin', 'a%2f..%2f..%2fadmin', '%5c..%5cadmin', '%252e%252e%252fadmin'];
  await allRefused(endpoints.map((path) => ({ endpoint: path })));
});

attack('URL-05', 'backslashes are refused', async () => {
  await allRefused(
    ['..\\admin', '\\..\\..\\admin', '/\\evil.test/x', '\\\\evil.test'].map((path) => ({ endpoint: path })),
  );
});

attack('URL-07', 'absolute URLs are refused', async () => {
  const endpoints = [
    'https://evil.test/x',
    'HTTPS:evil.test',
    'http:/evil.test',
    'file:///etc/passwd',
    'data:text/plain,hi',
    'javascript:1',
    'gopher://x',
    '//evil.test/x',
  ];
  await allRefused(endpoints.map((path) => ({ endpoint: path })));
});

attack('URL-09', 'a base without a path keeps its host', async () => {
  const stub = await stubServer();
  const { sent } = await ask([{ endpoint: '.evil.test/x' }, { endpoint: 'evil/x' }, { endpoint: '@evil.test/x' }], {
    stub,
    connection: { baseUrl: stub.url },
  });
  expect(sent.sort()).toEqual(['GET /.evil.test/x', 'GET /@evil.test/x', 'GET /evil/x']);
});

attack('URL-11', 'look-alikes in other scripts are refused', async () => {
  await allRefused(['／／evil.test', 'users\u2028x', '\uff0e\uff0e/admin', '/а'].map((path) => ({ endpoint: path })));
  const loaded = await load({ 'connections/acme/spec.json': { baseUrl: 'https://\u0430pi.acme.test' } });
  expect(loaded.bundle.connections.has('acme')).toBe(false);
  expect(messages(loaded).join('\n')).toContain('xn--');
});

attack('URL-13', 'legitimate paths arrive as they are', async () => {
  const endpoints = [
    '/users',
    'users/1?x=../..&y=%2F',
    'users/caf%C3%A9',
    'a.b/c..d',
    '/users/a@b.c',
    'v1/items:batchGet?q=a',
  ];
  const { sent } = await ask(endpoints.map((path) => ({ endpoint: path })));
  expect(sent.sort()).toEqual(endpoints.map((path) => `GET /v2/${path.replace(/^\//, '')}`).sort());
});

attack('URL-15', 'text from the model is never expanded', async () => {
  const { upstream, sent } = await ask([
    { endpoint: '/x?k=$ACME_TOKEN' },
    { params: { k: `$${'{ACME_TOKEN}'}` } },
    { params: { k: '{{ACME_TOKEN}}' } },
    { params: { k: 'env:ACME_TOKEN' } },
    { endpoint: '/x?k=%24ACME_TOKEN' },
    { headers: { accept: '$ACME_TOKEN' } },
  ]);
  expect(sent).toHaveLength(6);
  expect(sent.join()).not.toContain('CANARY');
  expect(upstream.requests.map(({ headers }) => headers.accept).join()).not.toContain('CANARY');
});

attack('URL-17', 'a connection that the automation does not list is refused', async () => {
  const options = { connections: [{ name: 'acme' }, { name: 'stripe' }] };
  await allRefused([{ connection: 'stripe' }], { automation: { connections: ['acme'] }, options });
});

attack('HDR-01', 'a redirect to another host is not followed and its query is not told', async () => {
  const evil = await stubServer();
  const stub = await stubServer(() => ({ status: 302, headers: { location: `${evil.url}/steal?q=${CANARY}x` } }));
  const { session } = await ask([{}], { stub });
  expect(evil.requests).toEqual([]);
  expect(session.results()).toMatchObject([{ isError: true, value: expect.stringContaining('redirect') }]);
  expect(JSON.stringify(session.results())).not.toContain('?q=');
});

attack('HDR-03', 'a body is not sent on by a redirect', async () => {
  const evil = await stubServer();
  const stub = await stubServer(() => ({ status: 307, headers: { location: evil.url } }));
  const { session } = await ask([{ method: 'POST', endpoint: '/orders', data: { a: 1 } }], {
    stub,
    automation: writing,
    connection: { endpoints: [endpoint('POST /orders')] },
  });
  expect(evil.requests).toEqual([]);
  expect(session.writes).toMatchObject([{ outcome: { result: 'unknown', status: 307 } }]);
});

attack('HDR-07', 'the model cannot say who we are', async () => {
  const { upstream } = await ask([
    {
      headers: {
        authorization: 'Bearer MODEL',
        AUTHORIZATION: 'x',
        'Authorization ': 'x',
        'X-Api-Key': '',
        cookie: 'a=b',
        host: 'evil',
      },
    },
  ]);
  const [request] = upstream.requests;
  expect(request?.rawHeaders.filter((name) => /^authorization$/i.test(name))).toHaveLength(1);
  expect(request?.headers).toMatchObject({ authorization: `Bearer ${CANARY}`, host: `127.0.0.1:${upstream.port}` });
  expect(request?.headers).not.toHaveProperty('cookie');
  expect(request?.headers).not.toHaveProperty('x-api-key');
});

attack('HDR-09', "the connection's own headers win", async () => {
  const { upstream } = await ask([{ headers: { 'x-tenant': 't2', accept: 'text/plain' } }], {
    connection: { headers: { 'X-Tenant': 't1', Accept: 'application/json' } },
  });
  expect(upstream.requests[0]?.headers).toMatchObject({ 'x-tenant': 't1', accept: 'application/json' });
});

attack('HDR-05', 'no redirect is taken, wherever it leads: not down to http, not to the same host', async () => {
  const elsewhere = await stubServer();
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [`${elsewhere.url}/x`, '/v2/y', 'http://127.0.0.1/', '//evil.test/', 'https://evil.test/']) {
      const stub = await stubServer(() => ({ status, headers: { location } }));
      const { sent, session } = await ask([{}], { stub });
      expect(sent).toEqual(['GET /v2/x']);
      expect(session.results()).toMatchObject([{ isError: true, value: expect.stringContaining('redirect') }]);
    }
  }
  expect(elsewhere.requests).toEqual([]);
});
