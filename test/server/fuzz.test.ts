import { Agent, request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ROUTES } from '../../src/server/openapi.ts';
import { madeAutomation } from '../support/made-bundle.ts';
import { serverWorld, signed, signedHook, TOKEN } from './world.ts';

const REQUESTS = 4000;

const segment = fc.oneof(
  fc.constantFrom(
    'hook',
    'digest',
    'auto_',
    'test-bundle',
    'runs',
    'run_x',
    '%00',
    '%',
    '..',
    '.',
    '',
    '__proto__',
    'constructor',
  ),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
);
const path = fc.oneof(
  fc
    .constantFrom(...ROUTES.map((route) => route.path.replaceAll(/\{\w+\}/g, 'digest')))
    .filter((one) => !one.endsWith('/stream')),
  fc.array(segment, { maxLength: 5 }).map((segments) => `/webhooks/${segments.join('/')}`),
  fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`),
  fc.constant('/webhooks/hook'),
);
const query = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((text) => `?${text}`),
  fc.constantFrom('?limit=-1', '?limit=1e9', '?after=x', '?days=0', '?token=', '?wait=', '?status=dead'),
);
const header = fc.constantFrom(
  'content-type',
  'x-hub-signature-256',
  'content-encoding',
  'authorization',
  'prefer',
  'last-event-id',
  'idempotency-key',
  'x-forwarded-for',
  'host',
  'accept',
);
const value = fc.oneof(
  fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '')),
  fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'gzip',
    'identity',
    'wait=0',
    `Bearer ${TOKEN}`,
    'sha256=',
    'localhost',
    '::1, 10.0.0.1',
  ),
);
const body = fc.oneof(
  fc.constant(''),
  fc.json(),
  fc.string({ maxLength: 200 }),
  fc.constantFrom('payload=%7B', '{"__proto__":{"x":1}}', '[[[[', '{"wait":0,"event":{}}'),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'),
  path,
  query,
  headers: fc.dictionary(header, value, { maxKeys: 5 }),
  body,
  authorized: fc.boolean(),
  signs: fc.boolean(),
  chunked: fc.boolean(),
});

it('answers thousands of random requests without an exception and without a 500', async () => {
  const world = await serverWorld({
    automations: [
      signedHook('hook', { respond: 'accept', filter: { field: 'a.b', exists: true } }),
      signedHook('digest'),
      madeAutomation({ name: 'bare', trigger: 'webhook' }),
    ],
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const statuses = new Map<number, number>();
  const samples = fc.sample(request, { numRuns: REQUESTS, seed: 20260105 });
  const send = async (one: (typeof samples)[number]) => {
    const headers: Record<string, string> = {
      ...one.headers,
      ...(one.authorized && { authorization: `Bearer ${TOKEN}`, host: 'localhost' }),
      ...(one.signs && signed(one.body)),
    };
    const status = await exchange(world.port, agent, { ...one, headers });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 500) throw new Error(`500 for ${JSON.stringify(one)}: ${JSON.stringify(world.log.at(-1))}`);
  };
  for (let start = 0; start < samples.length; start += 20)
    await Promise.all(samples.slice(start, start + 20).map(send));
  agent.destroy();
  expect(world.log.filter(({ level, message }) => level === 'error' && message.includes('failed'))).toEqual([]);
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS);
  for (const expected of [200, 202, 400, 401, 403, 404, 405]) expect([...statuses.keys()]).toContain(expected);
}, 120_000);

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly chunked: boolean;
}

/** Sends with `node:http`, which alters neither path nor Host. */
async function exchange(
  port: number,
  agent: Agent,
  { method, path, query, headers, body, chunked }: Sent,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      method,
      path: `${path}${query}`,
      headers: {
        ...headers,
        ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(body) }),
      },
      agent,
    };
    const outgoing = httpRequest(options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
