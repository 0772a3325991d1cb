import { Agent, request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { madeAutomation } from '../support/made-bundle.ts';
import { randomRequest } from './random-request.ts';
import { serverWorld, signed, signedHook, TOKEN } from './world.ts';

const REQUESTS = 4000;

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
  const samples = fc.sample(randomRequest, { numRuns: REQUESTS, seed: 20260105 });
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
