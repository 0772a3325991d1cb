import { execFileSync } from 'node:child_process';
import { buildSchema, graphqlSync } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Automation } from '../../../src/domain/automation.ts';
import type { Connection } from '../../../src/domain/connection.ts';
import { call, world } from '../../agent/session-world.ts';
import { type StubAnswer, type StubRequest, stubServer } from '../../support/stub-server.ts';
import { tempDir, writeFiles } from '../../support/temp-dir.ts';

const STORED = {
  openapi: '3.0.0',
  info: { version: '1.0' },
  paths: { '/orders': { get: {} }, '/refunds': { post: {} } },
};
const LIVE = {
  openapi: '3.0.0',
  info: { version: '1.1' },
  paths: { '/orders': { get: {} }, '/invoices': { get: {} } },
};

interface Given {
  readonly answer?: (request: StubRequest) => StubAnswer;
  readonly connection?: (url: string) => Partial<Connection>;
  readonly automation?: Partial<Automation>;
  readonly files?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly ask?: string;
}

const STORED_SPEC = { file: 'connections/acme/openapi.json', format: 'openapi' } as const;

/** One session that asks for the drift of the connection `acme`. */
async function askDrift({ answer = () => ({ body: JSON.stringify(LIVE) }), ...given }: Given = {}) {
  const upstream = await stubServer(answer);
  const dir = tempDir();
  writeFiles(dir, { 'connections/acme/openapi.json': STORED, ...given.files });
  const connection = given.connection ?? ((url) => ({ specUrl: `${url}/openapi.json` }));
  const session = world({
    connections: [{ baseUrl: `${upstream.url}/v1`, storedSpec: STORED_SPEC, ...connection(upstream.url) }],
    bundle: { dir, root: dir },
    env: { TOKEN: 'read-token-value-1', WRITE: 'write-token-value-2', ...given.env },
    script: [{ toolCalls: [call('api_drift', { connection: given.ask ?? 'acme' })] }, { text: 'done' }],
    automation: given.automation,
  });
  await session.run();
  const result = session.results()[0];
  return { upstream, session, result, value: result?.value as Readonly<Record<string, unknown>> };
}

describe('api_drift', () => {
  it('fetches the live description and tells what has changed', async () => {
    const { value, upstream, session } = await askDrift();
    expect(value).toEqual({
      connection: 'acme',
      format: 'openapi',
      verdict: 'breaking',
      checkedAt: new Date(session.clock.now()).toISOString(),
      counts: { added: 1, removed: 1, changed: 0, breaking: 1 },
      stored: { file: 'connections/acme/openapi.json', hash: expect.stringMatching(/^[0-9a-f]{64}$/), version: '1.0' },
      live: { hash: expect.stringMatching(/^[0-9a-f]{64}$/), version: '1.1' },
      removed: [{ at: 'POST /refunds', what: 'an operation', breaking: true }],
      changed: [],
      added: [{ at: 'GET /invoices', what: 'a new operation', breaking: false }],
    });
    expect(upstream.requests.map(({ method, url }) => [method, url])).toEqual([['GET', '/openapi.json']]);
  });

  it('says that all is clean, or that the API has grown', async () => {
    const clean = await askDrift({ answer: () => ({ body: JSON.stringify(STORED) }) });
    expect(clean.value).toMatchObject({ verdict: 'clean', counts: { added: 0, removed: 0, changed: 0, breaking: 0 } });
    const grown = { ...STORED, paths: { ...STORED.paths, '/invoices': { get: {} } } };
    const additive = await askDrift({ answer: () => ({ body: JSON.stringify(grown) }) });
    expect(additive.value).toMatchObject({ verdict: 'additive', counts: { added: 1, breaking: 0 } });
  });

  it("sends the connection's reading credentials to its own origin, and to no other", async () => {
    const auth = { type: 'bearer', token: 'env:TOKEN' } as const;
    const writeAuth = { type: 'bearer', token: 'env:WRITE' } as const;
    const own = await askDrift({ connection: (url) => ({ specUrl: `${url}/openapi.json`, auth, writeAuth }) });
    expect(own.upstream.requests[0]?.headers.authorization).toBe('Bearer read-token-value-1');
    const elsewhere = await stubServer(() => ({ body: JSON.stringify(LIVE) }));
    const headers = { 'X-Key': 'env:TOKEN' };
    const other = await askDrift({ connection: () => ({ specUrl: `${elsewhere.url}/openapi.json`, auth, headers }) });
    expect(other.value.verdict).toBe('breaking');
    expect(elsewhere.requests).toHaveLength(1);
    expect(JSON.stringify(elsewhere.requests)).not.toContain('-value-');
  });

  it('asks a GraphQL endpoint by introspection, also in a read-only run', async () => {
    const sdl = 'type Query { order(id: ID!): String }';
    const { upstream, value } = await askDrift({
      files: { 'connections/acme/schema.graphql': 'type Query { order(id: ID!): String, gone: Int }' },
      connection: (url) => ({
        baseUrl: `${url}/graphql`,
        specUrl: `${url}/graphql`,
        format: 'graphql',
        storedSpec: { file: 'connections/acme/schema.graphql', format: 'graphql' },
      }),
      answer: ({ body }) => ({
        body: JSON.stringify(graphqlSync({ schema: buildSchema(sdl), source: JSON.parse(body).query })),
      }),
    });
    expect(upstream.requests.map(({ method, url }) => [method, url])).toEqual([['POST', '/graphql']]);
    expect(value).toMatchObject({ verdict: 'breaking', removed: [{ at: 'Query.gone', breaking: true }] });
  });

  it('reads a committed file of a repository, and nothing of its work tree', async () => {
    const repo = tempDir();
    writeFiles(repo, { 'api/openapi.json': LIVE });
    const git = (...args: readonly string[]) => execFileSync('git', [...args], { cwd: repo, stdio: 'ignore' });
    git('init', '-q');
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'api');
    writeFiles(repo, { 'api/openapi.json': STORED });
    const { value, upstream } = await askDrift({
      connection: () => ({ protocol: 'git', spec: { protocol: 'git', path: repo, specPath: 'api/openapi.json' } }),
      env: { PATH: process.env.PATH ?? '' },
    });
    expect(value).toMatchObject({ verdict: 'breaking', live: { version: '1.1' } });
    expect(upstream.requests).toEqual([]);
  });

  it('is not there without a stored description, and reaches no connection that the run has not', async () => {
    const without = await askDrift({ connection: (url) => ({ specUrl: url, storedSpec: undefined }) });
    expect(without.session.requests[0]?.tools.map(({ name }) => name)).not.toContain('api_drift');
    const closed = await askDrift({ automation: { connections: [] } });
    expect(closed.session.requests[0]?.tools.map(({ name }) => name)).not.toContain('api_drift');
    const unknown = await askDrift({ ask: 'acne' });
    expect(unknown.result?.value).toContain('there is no connection "acne" for this run');
    for (const { upstream } of [without, closed, unknown]) expect(upstream.requests).toEqual([]);
  });

  it('asks no public connection on untrusted input', async () => {
    const upstream = await stubServer();
    const session = world({
      connections: [{ baseUrl: upstream.url, specUrl: `${upstream.url}/x`, storedSpec: STORED_SPEC, egress: 'public' }],
      event: {},
      script: [{ toolCalls: [call('api_drift', { connection: 'acme' })] }, { text: 'done' }],
    });
    await session.run();
    expect(upstream.requests).toEqual([]);
    expect(session.audit.map(({ details }) => details.rule)).toEqual(['egress']);
  });

  it.each<[string, () => StubAnswer, string]>([
    ['answers with an error', () => ({ status: 500 }), '"specUrl" answered 500'],
    [
      'points elsewhere',
      () => ({ status: 302, headers: { location: 'http://169.254.169.254/' } }),
      'redirects are not followed',
    ],
    ['is no description', () => ({ body: '<html>' }), 'the live description cannot be read'],
    ['is endless', () => ({ body: 'x'.repeat(6_000_000) }), '"specUrl" gave no answer'],
  ])('says so when what is live %s', async (_name, answer, message) => {
    const { result } = await askDrift({ answer });
    expect(result?.isError).toBe(true);
    expect(result?.value).toContain(message);
  });

  it('is not held up by a description that is made to cost memory and time', async () => {
    const twice = (name: string) => ({
      allOf: [{ $ref: `#/components/schemas/${name}` }, { $ref: `#/components/schemas/${name}` }],
    });
    const schemas = Object.fromEntries([...Array(30).keys()].map((n) => [`S${n}`, twice(`S${n + 1}`)]));
    const body = { content: { 'application/json': { schema: { $ref: '#/components/schemas/S0' } } } };
    const evil = { openapi: '3.0.0', paths: { '/orders': { get: { requestBody: body } } }, components: { schemas } };
    const { value } = await askDrift({
      answer: () => ({ body: JSON.stringify(evil) }),
      files: { 'connections/acme/openapi.json': evil },
    });
    expect(value).toMatchObject({ verdict: 'clean' });
  });
});
