import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { InboundRequest } from '../../src/operations/index.ts';
import { madeAutomation } from '../support/made-bundle.ts';
import { linesOf } from '../support/webhook-requests.ts';
import { randomRequest } from './random-request.ts';
import { type OperationsWorld, serverWorld, signed, signedHook, TOKEN } from './world.ts';

const REQUESTS = 100_000;
const BATCH = 1000;
const AT_ONCE = 100;

type Sent = ReturnType<typeof fc.sample<typeof randomRequest extends fc.Arbitrary<infer T> ? T : never>>[number];

const never = new AbortController().signal;

it('answers 100,000 random requests without an exception and without a 500', async () => {
  const world = await serverWorld({
    settings: { queue: 500 },
    automations: [
      signedHook('hook', { filter: { field: 'a.b', exists: true } }),
      signedHook('digest', { coalesce: { key: 'body:a', quietSeconds: 5, maxSeconds: 10 } }),
      madeAutomation({
        name: 'github',
        trigger: 'webhook',
        webhookAuth: { type: 'github', secrets: ['env:HOOK_SECRET'], options: {} },
      }),
      madeAutomation({ name: 'bare', trigger: 'webhook' }),
    ],
  });
  const statuses = new Map<number, number>();
  const answer = async (one: Sent) => {
    const status = await statusOf(world, one);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 500) throw new Error(`500 for ${JSON.stringify(one)}: ${JSON.stringify(world.log.at(-1))}`);
  };
  for (let sent = 0; sent < REQUESTS; sent += BATCH) {
    const batch = fc.sample(randomRequest, { numRuns: BATCH, seed: 20_260_105 + sent });
    for (let at = 0; at < BATCH; at += AT_ONCE) await Promise.all(batch.slice(at, at + AT_ONCE).map(answer));
  }
  const counted = [...statuses].sort(([a], [b]) => a - b);
  console.log(`fuzz: ${counted.map(([status, count]) => `${count} × ${status}`).join(', ')}`);
  expect(counted.reduce((sum, [, count]) => sum + count, 0)).toBe(REQUESTS);
  expect(world.log.filter(({ level, message }) => level === 'error' && message.includes('failed'))).toEqual([]);
  for (const expected of [200, 202, 400, 401, 403, 404, 405]) expect([...statuses.keys()]).toContain(expected);
}, 300_000);

type World = OperationsWorld & {
  readonly app: { request(path: string, init: RequestInit): Response | Promise<Response> };
};

async function statusOf(world: World, one: Sent): Promise<number> {
  const headers: Record<string, string> = {
    host: 'localhost',
    ...one.headers,
    ...(one.authorized && { authorization: `Bearer ${TOKEN}`, host: 'localhost' }),
    ...(one.signs && signed(one.body)),
  };
  if (one.path.startsWith('/webhooks/')) return (await world.intake.receive(inbound(one, headers))).status;
  const hasBody = one.method !== 'GET' && one.method !== 'HEAD';
  const response = await world.app.request(`http://localhost${one.path}${one.query}`, {
    method: one.method,
    headers,
    ...(hasBody && { body: one.body }),
  });
  await response.body?.cancel();
  return response.status;
}

function inbound({ method, path, query, body }: Sent, headers: Readonly<Record<string, string>>): InboundRequest {
  return {
    method,
    path: segmentsOf(path),
    query: new URLSearchParams(query),
    headers: linesOf(headers),
    peer: `10.0.${body.length % 256}.${path.length % 256}`,
    signal: never,
    stopping: never,
    readBody: async () => ({ ok: true, body: Buffer.from(body), release: () => {} }),
  };
}

function segmentsOf(path: string): readonly string[] {
  try {
    return path.slice('/webhooks/'.length).split('/').map(decodeURIComponent);
  } catch {
    return [];
  }
}
