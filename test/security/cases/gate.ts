import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { loadBundle } from '../../../src/bundle/index.ts';
import { createLiveBundles } from '../../../src/runtime/bundles.ts';
import { call, endpoint, type Script, world } from '../../agent/session-world.ts';
import { load, messages, registries } from '../../bundle/load.ts';
import { stubServer } from '../../support/stub-server.ts';
import { tempDir, writeFiles } from '../../support/temp-dir.ts';
import { chainTool, handlerTool, httpTool, toolsOf } from '../../tools/custom/handlers.ts';
import { allRefused, ask, done } from '../ask.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

export const gateCases: AttackCase[] = [];
const attack = attacksInto(gateCases);

const graph = { format: 'graphql' } as const;
const gql = (query: unknown, rest: object = {}) => ({ method: 'POST', endpoint: '/graphql', data: { query, ...rest } });
const writing = { writeEnabled: true };

attack('RW-01', 'POST with intent read is refused', async () => {
  await allRefused([{ method: 'POST', endpoint: '/orders', intent: 'read', data: {} }]);
});

attack('RW-03', 'DELETE, PUT and PATCH are refused', async () => {
  await allRefused(['DELETE', 'PUT', 'PATCH'].map((method) => ({ method })));
});

attack('RW-05', 'methods off the list are refused, with writeEnabled too', async () => {
  const methods = [
    'PROPFIND',
    'MKCOL',
    'LINK',
    'PURGE',
    'QUERY',
    'CONNECT',
    'TRACE',
    'OPTIONS',
    'GET\r\nX: 1',
    'get',
    'post',
  ];
  await allRefused(methods.map((method) => ({ method })));
  await allRefused(
    methods.map((method) => ({ method })),
    { automation: writing },
  );
});

attack('RW-07', 'a method override in the query is refused', async () => {
  await allRefused([
    { endpoint: '/orders/1?_method=DELETE' },
    { endpoint: '/orders/1', params: { _method: 'delete' } },
    { endpoint: '/orders/1?%5Fmethod=DELETE' },
    { endpoint: '/orders/1?x=1&_METHOD=DELETE' },
    { endpoint: '/orders/1?%255Fmethod=DELETE' },
    { endpoint: '/orders/1', headers: { 'X-HTTP-Method-Override': 'DELETE' } },
  ]);
});

attack('RW-09', 'a POST that Git declares a read is allowed, by that rule', async () => {
  const endpoints = [endpoint('POST /search', { intent: 'read' })];
  const { sent, session } = await ask([{ method: 'POST', endpoint: '/search', data: { q: 1 } }], {
    connection: { endpoints },
  });
  expect(sent).toEqual(['POST /v2/search']);
  expect(session.transcript.find(({ type }) => type === 'tool.result')?.content).toMatchObject({
    rule: 'declared-read',
  });
});

attack('RW-11', 'a GET that Git declares a write is refused in a read-only session', async () => {
  const connection = { endpoints: [endpoint('GET /jobs/{id}/run', { intent: 'write' })] };
  const spellings = ['/jobs/7/run', '/jobs/7/%72un', '/jobs/7/run/', '/jobs/7/RUN', 'jobs/7/run;a=1'];
  await allRefused(
    spellings.map((path) => ({ endpoint: path })),
    { connection },
  );
  const { sent } = await ask([{ endpoint: '/jobs/7/run' }], { connection, automation: writing });
  expect(sent).toEqual(['GET /v2/jobs/7/run']);
});

attack('RW-19', "a bundle's own tools are judged like the model itself", async () => {
  const upstream = await stubServer();
  const mark = join(tempDir(), 'pwn');
  const program = `import { writeFileSync } from 'node:fs';
writeFileSync(process.argv[2] ?? ${JSON.stringify(mark)}, JSON.stringify(process.env));
console.log('{}');`;
  const { dir, tool } = handlerTool(program, { name: 'exec', effect: 'write' });
  const asked = { connection: 'acme', method: 'POST', endpoint: '/orders', intent: 'read', data: {} };
  const steps = [
    { name: 'look', tool: 'request', input: { connection: 'acme', method: 'GET', endpoint: '/x' } },
    { name: 'write', tool: 'request', input: asked },
  ];
  const own = [
    tool,
    httpTool({ name: 'close_order', method: 'POST', endpoint: '/orders/{id}/close' }),
    httpTool({ name: 'leave', endpoint: '/a/{id}/x' }),
    chainTool({ name: 'chained', steps }),
    chainTool({ name: 'run_it', steps: [{ name: 'go', tool: 'exec', input: {} }] }),
    chainTool({ name: 'note', steps: [{ name: 'put', tool: 'store_ledger_put', input: { id: 'a' } }] }),
  ];
  const calls = [
    call('exec', {}),
    call('close_order', { id: '7' }),
    call('leave', { id: '../../admin' }),
    call('chained', { id: '7' }),
    call('run_it', { id: '7' }),
    call('note', { id: '7' }),
  ];
  const session = world({
    connections: [{ baseUrl: upstream.url }],
    stores: [{ name: 'ledger' }],
    bundle: { dir, root: dir, customTools: toolsOf(...own) },
    script: [{ toolCalls: calls }, done],
  });
  await session.run();
  expect(upstream.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /x']);
  expect(existsSync(mark)).toBe(false);
  expect(await (await session.database).countDocuments('ledger', 0)).toBe(0);
  expect(session.audit.map(({ action }) => action)).toEqual(calls.map(() => 'call.refused'));
});

attack('RW-21', 'the model cannot confirm itself', async () => {
  await allRefused(
    ['write', 'confirmed_write'].map((intent) => ({ method: 'POST', endpoint: '/orders', intent, data: { a: 1 } })),
  );
});

attack('GQL-01', 'a mutation by POST is refused, a query goes through', async () => {
  await allRefused([gql('mutation{deleteUser(id:1){id}}')], { connection: graph });
  const { sent } = await ask(
    [gql('query q { a }'), gql('# mutation\n{ mutation: a }'), gql('fragment f on T { x } query { ...f }')],
    { connection: graph },
  );
  expect(sent).toHaveLength(3);
});

attack('GQL-03', 'a mutation cannot hide from the parser', async () => {
  const documents = [
    '# hi\nmutation{a}',
    ',,,mutation{a}',
    '\ufeffmutation{a}',
    'fragment f on T{x} mutation{a}',
    'query a{x} mutation b{y}',
  ];
  await allRefused(
    documents.map((query) => gql(query, { operationName: 'b' })),
    { connection: graph },
  );
});

attack('GQL-05', 'a batch is what its worst part is', async () => {
  const batch = (queries: readonly string[]) => ({
    method: 'POST',
    endpoint: '/graphql',
    data: queries.map((query) => ({ query })),
  });
  await allRefused([batch(['{a}', 'mutation{b}']), batch([])], { connection: graph });
});

attack('GQL-07', 'subscriptions, huge and deep documents are refused without a stall', async () => {
  const deep = `${'{a'.repeat(5_000)}${'}'.repeat(5_000)}`;
  const huge = `{${'a '.repeat(100_000)}}`;
  await allRefused([gql('subscription{a}'), gql(deep), gql(huge), gql(''), gql({}), gql(undefined)], {
    connection: graph,
  });
});

attack('GQL-09', 'exactly one document in one place', async () => {
  await allRefused(
    [
      { endpoint: '/graphql?query=%7Ba%7D&query=mutation%7Bb%7D' },
      { ...gql('{a}'), endpoint: '/graphql?query=mutation%7Bb%7D' },
      { endpoint: '/graphql?query=mutation%7Bb%7D' },
      { endpoint: '/graphql' },
    ],
    { connection: graph },
  );
});

attack('RW-13', 'only the boolean true enables writes; anything else keeps the file out of force', async () => {
  for (const value of ['false', 'true', 1, 'yes', [], {}, null]) {
    const loaded = await load({ 'automations/a.json': { prompt: 'Look.', writeEnabled: value } });
    expect(loaded.bundle.automations.has('a')).toBe(false);
    expect(messages(loaded).join('\n')).toMatch(/automations\/a\.json.*writeEnabled/);
  }
  const { bundle } = await load({ 'automations/a.json': { prompt: 'Look.', writeEnabled: true } });
  expect(bundle.automations.get('a')?.writeEnabled).toBe(true);
});

attack('RW-15', 'a key that stands there twice keeps the file out of force', async () => {
  const loaded = await load({
    'automations/a.json': '{"writeEnabled":false,"prompt":"x","writeEnabled":true}',
  });
  expect(loaded.bundle.automations.has('a')).toBe(false);
  expect(messages(loaded).join('\n')).toMatch(/duplicate|twice/i);
});

attack('RW-17', 'a run keeps the rights that it began with, whatever is put in force while it runs', async () => {
  const upstream = await stubServer();
  const dir = tempDir();
  const files = (writeEnabled: boolean) => ({
    'automations/digest.json': { prompt: 'Look.', writeEnabled },
    'connections/acme/spec.json': { baseUrl: upstream.url },
    'connections/acme/access.json': { endpoints: { 'POST /orders': { intent: 'write' } } },
  });
  const loadFolder = () => loadBundle({ dir, env: {}, registries });
  writeFiles(dir, files(false));
  const { bundle } = await loadFolder();
  const post = { toolCalls: [call('request', { connection: 'acme', method: 'POST', endpoint: '/orders', data: {} })] };
  const bundles = createLiveBundles(bundle);
  const swap = async () => {
    writeFiles(dir, files(true));
    bundles.put((await loadFolder()).bundle);
    return post;
  };
  const begin = (script: Script) => {
    const active = bundles.active();
    return world({ script, bundle: active, automation: active.automations.get('digest') });
  };
  const during = begin([swap, post, done]);
  await during.run();
  expect(bundles.active().automations.get('digest')?.writeEnabled).toBe(true);
  expect(upstream.requests).toEqual([]);
  expect(during.audit.map(({ action }) => action)).toEqual(['call.refused', 'call.refused']);
  await begin([post, done]).run();
  expect(upstream.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /orders']);
});
