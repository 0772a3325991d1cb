import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Connection, FieldRestriction } from '../../src/domain/connection.ts';
import { endpoint, testBundle } from '../agent/session-world.ts';
import { stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';
import { toolWorld } from './tool-world.ts';

const env = {
  TOKEN: 'token-0123456789',
  USER: 'user',
  PASS: 'pass-0123456789',
  ID: 'client',
  SECRET: 'secret-0123456789',
};

async function request(connection: Partial<Connection>, input: object = {}, change = {}) {
  const { use, clock } = await toolWorld(testBundle({ connections: [connection], env }), change);
  const ask = () => use('request', { connection: 'acme', method: 'GET', endpoint: '/x', ...input });
  return { result: await ask(), ask, clock };
}

describe('how a request proves who it is', () => {
  it.each([
    [{ type: 'bearer', token: 'env:TOKEN' }, 'authorization', 'Bearer token-0123456789'],
    [{ type: 'bearer', token: 'env:TOKEN', prefix: 'Token ' }, 'authorization', 'Token token-0123456789'],
    [{ type: 'api_key', token: 'env:TOKEN' }, 'x-api-key', 'token-0123456789'],
    [{ type: 'api_key', token: 'env:TOKEN', header: 'DD-API-KEY' }, 'dd-api-key', 'token-0123456789'],
    [{ type: 'header', header: 'X-Auth', token: 'env:TOKEN' }, 'x-auth', 'token-0123456789'],
    [
      { type: 'basic', username: 'env:USER', password: 'env:PASS' },
      'authorization',
      `Basic ${btoa('user:pass-0123456789')}`,
    ],
    [{ type: 'basic', token: 'user:pass' }, 'authorization', `Basic ${btoa('user:pass')}`],
  ] as const)('%j', async (auth, header, value) => {
    const stub = await stubServer();
    await request({ baseUrl: stub.url, auth });
    expect(stub.requests[0]?.headers[header]).toBe(value);
  });

  it('fetches a token with client credentials, keeps it until it runs out, and does not tell it', async () => {
    let issued = 0;
    const tokens = await stubServer(() => {
      issued += 1;
      return { body: JSON.stringify({ access_token: `issued-token-${issued}`, expires_in: 3600 }) };
    });
    const stub = await stubServer(({ headers }) => ({ body: JSON.stringify({ sent: headers.authorization }) }));
    const auth = {
      type: 'oauth2-client-credentials',
      tokenUrl: `${tokens.url}/token`,
      clientId: 'env:ID',
      clientSecret: 'env:SECRET',
      scope: 'read',
    } as const;
    const { result, ask, clock } = await request({ baseUrl: stub.url, auth });
    await ask();
    await clock.advance(3_600_000);
    await ask();
    expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer issued-token-1',
      'Bearer issued-token-1',
      'Bearer issued-token-2',
    ]);
    expect(tokens.requests[0]).toMatchObject({
      method: 'POST',
      body: 'grant_type=client_credentials&scope=read',
      headers: { authorization: `Basic ${btoa('client:secret-0123456789')}` },
    });
    expect(result.value).toEqual({ sent: 'Bearer [redacted:credential]' });
  });

  it('asks nobody when there is no token', async () => {
    const tokens = await stubServer(() => ({ status: 401, body: '{"error":"invalid_client"}' }));
    const stub = await stubServer();
    const auth = { type: 'oauth2-client-credentials', tokenUrl: tokens.url, clientId: 'a', clientSecret: 'b' } as const;
    const { result } = await request({ baseUrl: stub.url, auth });
    expect(result).toMatchObject({ ok: false, sent: false, text: expect.stringContaining('answered 401') });
    expect(stub.requests).toEqual([]);
  });

  it('uses the write credential only for writes', async () => {
    const stub = await stubServer();
    const connection = {
      baseUrl: stub.url,
      auth: { type: 'header', token: 'read' },
      writeAuth: { type: 'header', token: 'write' },
    } as const;
    await request(connection);
    await request(connection, { method: 'POST', data: {} }, { write: { idempotencyKey: 'run_1.1.1' } });
    expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual(['read', 'write']);
  });
});

describe('what a request carries', () => {
  it.each([
    [{ a: 1 }, undefined, '{"a":1}', 'application/json'],
    [[1], undefined, '[1]', 'application/json'],
    ['a=1', { 'Content-Type': 'application/x-www-form-urlencoded' }, 'a=1', 'application/x-www-form-urlencoded'],
    ['plain', undefined, 'plain', 'text/plain; charset=utf-8'],
    ['{"a":1}', undefined, '{"a":1}', 'application/json'],
  ] as const)('%j as a body', async (data, headers, body, type) => {
    const stub = await stubServer();
    await request({ baseUrl: stub.url }, { method: 'POST', data, ...(headers ? { headers } : {}) });
    expect(stub.requests[0]).toMatchObject({ body, headers: { 'content-type': type } });
  });

  it('joins path, query and parameters below the base', async () => {
    const stub = await stubServer();
    await request(
      { baseUrl: `${stub.url}/v2/` },
      { endpoint: 'items?a=1', params: { b: ['x', 'y'], c: null, d: { e: 1 } } },
    );
    expect(stub.requests[0]?.url).toBe('/v2/items?a=1&b=x&b=y&d=%7B%22e%22%3A1%7D');
  });

  it('tells a failure that surely sent nothing from one that may have', async () => {
    const stub = await stubServer();
    await stub.close();
    const { result } = await request({ baseUrl: stub.url });
    expect(result).toMatchObject({ ok: false, sent: false });
  });
});

describe('fieldRestrictions', () => {
  const restrict = (field: string, policy: FieldRestriction['policy'], entity = 'user'): FieldRestriction => ({
    entity,
    field,
    policy,
  });
  const body = JSON.stringify({
    users: [{ id: 1, ssn: '1-2', email: 'a@b', Pay: 5, address: { street: 's', city: 'c' } }],
  });
  const fieldRestrictions = [
    restrict('ssn', 'never_retrieve'),
    restrict('email', 'retrieve_but_redact'),
    restrict('pay', 'role_gated'),
    restrict('address.street', 'never_retrieve'),
  ];

  it('take fields out or hide them, wherever they stand', async () => {
    const stub = await stubServer(() => ({ body }));
    const { result } = await request({ baseUrl: stub.url, fieldRestrictions });
    expect(result.value).toEqual({ users: [{ id: 1, email: '[redacted]', address: { city: 'c' } }] });
  });

  it('hold only where the operation returns their entity', async () => {
    const stub = await stubServer(() => ({ body }));
    const endpoints = [endpoint('GET /x', { returns: ['order'] }), endpoint('GET /y', { returns: ['user'] })];
    const connection = { baseUrl: stub.url, fieldRestrictions, endpoints };
    expect((await request(connection)).result.value).toHaveProperty('users.0.ssn', '1-2');
    expect((await request(connection, { endpoint: '/y' })).result.value).not.toHaveProperty('users.0.ssn');
    expect((await request(connection, { endpoint: '/unlisted' })).result.value).not.toHaveProperty('users.0.ssn');
  });

  it('keep back an answer that is no JSON', async () => {
    const stub = await stubServer(() => ({ body: 'id,ssn\n1,1-2' }));
    const { result } = await request({ baseUrl: stub.url, fieldRestrictions });
    expect(result.text).not.toContain('1-2');
  });
});

describe('a git connection', () => {
  it('answers from what is committed, GET only', async () => {
    const dir = tempDir();
    writeFiles(dir, { 'README.md': 'hello\n' });
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', dir, '-c', 'user.name=A', '-c', 'user.email=a@b', ...args], { stdio: 'pipe' });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');
    writeFiles(dir, { 'README.md': 'not committed\n' });
    const bundle = testBundle({
      bundle: { dir },
      connections: [{ protocol: 'git', spec: { protocol: 'git', path: '.' } }],
    });
    const { use } = await toolWorld(bundle);
    const ask = (method: string, place: string, params?: object) =>
      use('request', { connection: 'acme', method, endpoint: place, ...(params ? { params } : {}) });
    expect((await ask('GET', '/commits')).value).toMatchObject({ commits: [{ subject: 'first' }] });
    expect((await ask('GET', '/file', { path: 'README.md' })).value).toMatchObject({ text: 'hello\n' });
    expect((await ask('GET', '/file', { path: '../../etc/passwd' })).ok).toBe(false);
    expect(await ask('POST', '/commits')).toMatchObject({ ok: false, status: 405, sent: false });
  });
});

describe('where a GraphQL connection is asked', () => {
  it.each([
    ['/graphql', '/', '/graphql'],
    ['/graphql', '', '/graphql'],
    ['/graphql', '/?x=1', '/graphql?x=1'],
    ['/graphql/', '/', '/graphql/'],
    ['/graphql/', '', '/graphql/'],
    ['/api', '/graphql', '/api/graphql'],
  ])('base %s, endpoint %j: %s', async (base, endpoint, url) => {
    const stub = await stubServer();
    const connection = { baseUrl: `${stub.url}${base}`, format: 'graphql' } as const;
    await request(connection, { method: 'POST', endpoint, data: { query: '{ me { id } }' } });
    expect(stub.requests.map((one) => one.url)).toEqual([url]);
  });
});
