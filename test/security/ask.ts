import { expect } from 'vitest';
import type { Automation } from '../../src/domain/automation.ts';
import type { Connection } from '../../src/domain/connection.ts';
import { call, type Turn, type World, type WorldOptions, world } from '../agent/session-world.ts';
import { type StubServer, stubServer } from '../support/stub-server.ts';

export const done: Turn = { text: 'done' };
export const CANARY = 'CANARY-7f3a9c21d4e8b650';

export interface Asked {
  readonly method?: string;
  readonly endpoint?: string;
  readonly connection?: string;
  readonly params?: object;
  readonly headers?: object;
  readonly data?: unknown;
  readonly intent?: string;
}

export interface Ask {
  readonly connection?: Partial<Connection>;
  readonly automation?: Partial<Automation>;
  readonly options?: Partial<WorldOptions>;
  readonly stub?: StubServer;
}

/** A session in which the model makes these calls in one step; the upstream is below `/v2` of the stub. */
export async function ask(calls: readonly Asked[], { connection, automation, options, stub }: Ask = {}) {
  const upstream = stub ?? (await stubServer(() => ({ body: '{"ok":true}' })));
  const toolCalls = calls.map((asked, index) =>
    call('request', { connection: 'acme', method: 'GET', endpoint: '/x', ...asked }, `c${index}`),
  );
  const session = world({
    script: [{ toolCalls }, done],
    env: { ACME_TOKEN: CANARY },
    connections: [{ baseUrl: `${upstream.url}/v2`, auth: { type: 'bearer', token: 'env:ACME_TOKEN' }, ...connection }],
    ...(automation ? { automation } : {}),
    ...options,
  });
  const { outcome } = await session.run();
  expect(outcome).toMatchObject({ type: 'succeeded', result: 'done' });
  return { session, upstream, sent: upstream.requests.map(({ method, url }) => `${method} ${url}`) };
}

/** Nothing reached the upstream; each call has its refusal in the audit; the session went on. */
export async function allRefused(calls: readonly Asked[], given: Ask = {}): Promise<World> {
  const { session, sent } = await ask(calls, given);
  expect(sent).toEqual([]);
  const refusals = session.audit.filter(({ action }) => action === 'call.refused');
  expect(refusals).toHaveLength(calls.length);
  expect(refusals.every(({ run, details }) => run === 'run_1' && details.decision === 'blocked')).toBe(true);
  expect(session.results().every(({ isError }) => isError)).toBe(true);
  return session;
}
