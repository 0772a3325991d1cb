import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/domain/ports/database.ts';
import type { ClaimedRun } from '../../src/domain/ports/run-queue.ts';
import { isTerminal, type Outcome, type Run } from '../../src/domain/run.ts';
import { MAX_INTERRUPTIONS } from '../../src/domain/settle.ts';
import { BROKEN, claimBy, DONE, ending, MINUTE, newRun, openSqlite, POLICY, T0 } from './world.ts';

const RUNS = 3;
const MAX_ACTIVE = 2;

/** What the owners remember of their claims, stale or not, and what must stay true. */
interface World {
  readonly database: Database;
  readonly memory: Map<string, ClaimedRun>;
  readonly fences: Map<string, number>;
  readonly ended: Map<string, Run>;
  calls: number;
  now: number;
}

type Step = (world: World) => Promise<void>;
type Act = (world: World, claim: ClaimedRun, held: boolean) => Promise<void>;

const claim =
  (owner: string): Step =>
  async (world) => {
    const found = await claimBy(world.database, owner, world.now);
    if (!found) return;
    expect(found.run.fence).toBeGreaterThan(world.fences.get(found.run.id) ?? 0);
    world.fences.set(found.run.id, found.run.fence);
    world.memory.set(owner, found);
  };

/** An owner acts on the last claim that it remembers; whether that still holds decides whether it works. */
const act =
  (owner: string, what: Act): Step =>
  async (world) => {
    const found = world.memory.get(owner);
    if (!found) return;
    const row = await world.database.getRun(found.run.id);
    await what(world, found, row?.status === 'running' && row.fence === found.run.fence);
  };

const heartbeat: Act = async ({ database, now }, { run }, held) => {
  expect((await database.heartbeatRun(run.id, run.fence, MINUTE, now)).held).toBe(held);
};

const settleAs =
  (outcome: Outcome): Act =>
  async ({ database, now }, found, held) => {
    expect((await database.settleRun(ending(found, outcome), now)) !== undefined).toBe(held);
    expect((await database.heartbeatRun(found.run.id, found.run.fence, MINUTE, now)).held).toBe(false);
  };

const write: Act = async (world, { run }, held) => {
  world.calls += 1;
  const name = `${world.calls}`;
  const call = { run: run.id, call: name, tool: 't', operation: 'o', idempotencyKey: name, at: world.now };
  const record = { action: 'write.intent', actor: 'agent', details: {} } as const;
  expect(await world.database.recordWriteIntent(call, run.fence, record, world.now)).toBe(held);
};

const cancel: Act = async ({ database, now }, { run }) => {
  await database.requestCancel(run.id, 'cli', now);
};

const reclaim: Step = async ({ database, now }) => {
  for (const lost of await database.listLostRuns({}, now)) {
    expect(lost.run.leaseUntil).toBeLessThanOrEqual(now);
    const { id: run, fence, writesSent } = lost.run;
    const settlement = await database.reclaimRun({ run, fence, policy: POLICY, alerts: () => [] }, now);
    if (writesSent > 0) expect(settlement).toMatchObject({ terminal: true });
  }
};

const wait =
  (ms: number): Step =>
  async (world) => {
    world.now += ms;
  };

async function checkInvariants({ database, ended }: World): Promise<void> {
  const rows = await database.listRuns({ limit: RUNS + 1 });
  expect(rows).toHaveLength(RUNS);
  expect(rows.filter(({ status }) => status === 'running').length).toBeLessThanOrEqual(MAX_ACTIVE);
  for (const row of rows) {
    expect(row.interruptions).toBeLessThanOrEqual(MAX_INTERRUPTIONS);
    expect(row.attempt).toBeLessThanOrEqual(POLICY.retry.attempts);
    expect(row.leaseOwner !== undefined).toBe(row.status === 'running');
    // Once a write has left, the run is never queued again by itself.
    if (row.writesSent > 0) expect(row.status).not.toBe('queued');
    expect(row).toEqual(ended.get(row.id) ?? row);
    if (isTerminal(row.status)) ended.set(row.id, row);
  }
}

const owner = fc.constantFrom('a', 'b', 'c');
const outcome = fc.constantFrom<Outcome>(DONE, BROKEN, { type: 'handed_back' });
const named = (step: fc.Arbitrary<Step>, name: string) =>
  step.map((run) => Object.assign((world: World) => run(world), { [fc.toStringMethod]: () => name }));

/** Weighted so that leases run out and runs change hands often: a stale owner is what this is about. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: named(owner.map(claim), 'claim') },
  {
    weight: 2,
    arbitrary: named(
      owner.map((who) => act(who, heartbeat)),
      'heartbeat',
    ),
  },
  {
    weight: 2,
    arbitrary: named(
      fc.tuple(owner, outcome).map(([who, end]) => act(who, settleAs(end))),
      'settle',
    ),
  },
  {
    weight: 1,
    arbitrary: named(
      owner.map((who) => act(who, write)),
      'write',
    ),
  },
  {
    weight: 1,
    arbitrary: named(
      owner.map((who) => act(who, cancel)),
      'cancel',
    ),
  },
  { weight: 4, arbitrary: named(fc.constant(reclaim), 'reclaim') },
  { weight: 3, arbitrary: named(fc.integer({ min: 20_000, max: 3 * MINUTE }).map(wait), 'wait') },
);

describe('leases and fences', () => {
  it('keep every promise under any order of claims, heartbeats, ends, writes, cancels and reclaims', async () => {
    const property = fc.asyncProperty(
      fc.array(anyStep, { minLength: 20, maxLength: 60, size: 'max' }),
      async (steps) => {
        const { database } = await openSqlite();
        const world: World = {
          database,
          memory: new Map(),
          fences: new Map(),
          ended: new Map(),
          calls: 0,
          now: T0,
        };
        for (let made = 0; made < RUNS; made += 1) {
          await database.enqueueRun(newRun({ maxActive: MAX_ACTIVE }), {}, T0);
        }
        for (const step of steps) {
          await step(world);
          await checkInvariants(world);
        }
        await database.close();
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});
