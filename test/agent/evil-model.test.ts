import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stubServer } from '../support/stub-server.ts';
import { call, endpoint, world } from './session-world.ts';

const SECRETS = {
  READ_TOKEN: 'CANARY-read-9f8e7d6c5b4a',
  WRITE_TOKEN: 'CANARY-write-1a2b3c4d5e6f',
  OTHER: 'CANARY-other-0f1e2d3c4b5a',
};
const STEPS = 8;
const SESSIONS = 40;

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    '_method',
    'DELETE',
    '../',
    '%2e%2e',
    '$READ_TOKEN',
    'env:OTHER',
    '{{OTHER}}',
    '__proto__',
    '</tool_result>',
    'intent',
  ),
);
const request = fc.record(
  {
    connection: fc.oneof(
      { weight: 6, arbitrary: fc.constant('acme') },
      fc.constantFrom('hidden', 'graph', 'none'),
      word,
    ),
    method: fc.oneof(fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'get', 'Post', 'OPTIONS'), word),
    endpoint: fc.oneof(
      fc.constantFrom('/orders', '/search', '/orders/7/cancel', '/graphql', '/SEARCH', '/search/'),
      fc.array(word, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
      fc.webUrl(),
      word,
    ),
    params: fc.dictionary(word, fc.oneof(word, fc.constant('DELETE')), { maxKeys: 2 }),
    headers: fc.dictionary(
      fc.oneof(word, fc.constantFrom('authorization', 'x-http-method-override', 'host', 'accept')),
      word,
      { maxKeys: 2 },
    ),
    data: fc.oneof(fc.jsonValue(), fc.constantFrom({ query: 'mutation{a}' }, { query: '{a}' }, { _method: 'PUT' })),
    intent: fc.oneof(fc.constantFrom('read', 'write'), word),
  },
  { requiredKeys: ['connection', 'method', 'endpoint'] },
);
const anyCall = fc.oneof(
  { weight: 8, arbitrary: request.map((input) => ({ name: 'request', input: input as unknown })) },
  {
    weight: 2,
    arbitrary: fc.record({
      name: fc.constantFrom('store_ledger_put', 'store_ledger_delete', 'store_ledger_get'),
      input: fc.record({ id: word }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      name: fc.oneof(word, fc.constantFrom('dispatch', 'slack_post', 'bash')),
      input: fc.jsonValue(),
    }),
  },
);

it('a model that calls anything can neither write nor take a secret out of a read-only run', async () => {
  const acme = await stubServer(({ headers }) => ({ body: JSON.stringify({ headers }) }));
  const graph = await stubServer(() => ({ body: '{"data":{}}' }));
  const hidden = await stubServer();
  const sharedWorld = world({ script: [{ text: 'x' }] });
  await sharedWorld.run();
  const database = await sharedWorld.database;
  const seen = { calls: 0, refusals: 0 };
  const session = fc.array(fc.array(anyCall, { minLength: 1, maxLength: 4 }), { minLength: STEPS, maxLength: STEPS });
  await fc.assert(
    fc.asyncProperty(session, async (steps) => {
      const run = world({
        database,
        env: SECRETS,
        automation: { connections: ['acme', 'graph'] },
        stores: [{ name: 'ledger' }],
        connections: [
          {
            name: 'acme',
            baseUrl: `${acme.url}/v2`,
            auth: { type: 'bearer', token: 'env:READ_TOKEN' },
            writeAuth: { type: 'bearer', token: 'env:WRITE_TOKEN' },
            endpoints: [
              endpoint('POST /search', { intent: 'read' }),
              endpoint('GET /orders/{id}/cancel', { intent: 'write' }),
              endpoint('POST /orders'),
            ],
          },
          { name: 'graph', baseUrl: graph.url, format: 'graphql' },
          { name: 'hidden', baseUrl: hidden.url },
        ],
        script: [
          ...steps.map((calls, step) => ({
            toolCalls: calls.map(({ name, input }, index) => call(name, input, `${step}.${index}`)),
          })),
          { text: 'done' },
        ],
      });
      const { outcome, figures } = await run.run();
      seen.calls += figures.toolCalls;
      seen.refusals += figures.refusals;
      expect(outcome.type).toBe('succeeded');
      expect(figures.writesSent).toBe(0);
      expect(run.audit.filter(({ action }) => action === 'call.refused')).toHaveLength(figures.refusals);
      expect(JSON.stringify([run.requests, run.transcript, run.audit])).not.toContain('CANARY');
    }),
    { numRuns: SESSIONS },
  );
  const writes = acme.requests.filter(
    ({ method, url }) => !['GET', 'HEAD'].includes(method) && !(method === 'POST' && /^\/v2\/search(\?|$)/.test(url)),
  );
  expect(writes).toEqual([]);
  expect(acme.requests.filter(({ url }) => /cancel/i.test(url))).toEqual([]);
  expect(acme.requests.every(({ url }) => url.startsWith('/v2'))).toBe(true);
  expect(graph.requests.filter(({ body, url }) => /mutation/.test(body + decodeURIComponent(url)))).toEqual([]);
  expect(hidden.requests).toEqual([]);
  expect(await database.countDocuments('ledger', 0)).toBe(0);
  for (const { url, body, headers } of [...acme.requests, ...graph.requests]) {
    const { authorization, ...rest } = headers;
    expect([undefined, `Bearer ${SECRETS.READ_TOKEN}`]).toContain(authorization);
    expect(JSON.stringify([url, body, rest])).not.toContain('CANARY');
  }
  expect(acme.requests.length).toBeGreaterThan(0);
  expect(seen.refusals).toBeGreaterThan(SESSIONS);
  expect(seen.calls).toBeGreaterThanOrEqual(SESSIONS * STEPS);
});
