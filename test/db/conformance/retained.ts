import { describe, expect, it } from 'vitest';
import type { Database } from '../../../src/domain/ports/database.ts';
import type { PrunedThrough } from '../../../src/domain/ports/retained.ts';
import {
  audit,
  claimBy,
  claimed,
  DONE,
  ending,
  fire,
  MINUTE,
  newDelivery,
  newId,
  newRun,
  type OpenStore,
  T0,
} from '../world.ts';

const DAY = 86_400_000;
const LATER = T0 + 100 * DAY;
const BEFORE = LATER - 90 * DAY;

/** A run that succeeded, and its id. */
async function ended(database: Database, changes: Parameters<typeof claimed>[1] = {}, now = T0): Promise<string> {
  const held = await claimed(database, changes, now);
  await database.settleRun(ending(held, DONE), now);
  return held.run.id;
}

/** Prunes to the end in steps of `limit`; the sum of what went. */
async function prune(database: Database, { limit = 100, before = BEFORE, now = LATER } = {}): Promise<number> {
  let runs = 0;
  let after: PrunedThrough | undefined;
  do {
    const step = await database.pruneRuns({ before, limit, ...(after && { after }) }, now);
    runs += step.runs;
    after = step.next;
  } while (after);
  return runs;
}

async function isThere(database: Database, id: string): Promise<boolean> {
  return (await database.getRun(id)) !== undefined;
}

export function describeRetained(open: OpenStore): void {
  describe('pruning runs', () => {
    it('removes ended runs that are old enough with all that hangs on them, and says so in the audit trail', async () => {
      const { database } = await open();
      const held = await claimed(database);
      const { id, fence } = held.run;
      const call = { run: id, call: '1', tool: 't', operation: 'o', idempotencyKey: 'k', at: T0 };
      await database.recordWriteIntent(call, fence, audit('write.intent'), T0);
      await database.settleRun(ending(held, DONE, { deliveries: [newDelivery(id)] }), T0);
      const [sent] = await database.claimDeliveries({ limit: 5, leaseMs: 1 }, T0);
      const attempt = { id: sent?.id ?? '', fence: sent?.fence ?? 0, result: { ok: true } as const, audit: audit() };
      await database.settleDelivery(attempt, T0);
      const young = await ended(database, {}, BEFORE);
      await ended(database, {}, LATER);

      expect(await prune(database)).toBe(1);
      expect(await database.getRun(id)).toBeUndefined();
      expect(await database.getRunEvent(id)).toBeUndefined();
      expect(await database.readTranscript(id, 0, 100)).toEqual([]);
      expect(await database.listWrites(id)).toEqual([]);
      expect(await database.listDeliveries({ run: id, limit: 5 })).toEqual([]);
      expect(await isThere(database, young)).toBe(true);
      expect((await database.listAudit({ limit: 100 })).at(-1)).toMatchObject({
        action: 'runs.pruned',
        details: { runs: 1, endedBefore: new Date(BEFORE).toISOString() },
      });
      expect((await database.listAudit({ run: id, limit: 100 })).length).toBeGreaterThan(0);
    });

    it('keeps what is queued, what runs, and the newest row of all', async () => {
      const { database } = await open();
      const waiting = newRun();
      const held = await claimed(database);
      await database.enqueueRun(waiting, {}, T0);
      const last = await ended(database);
      expect(await prune(database)).toBe(0);
      for (const id of [waiting.id, held.run.id, last]) expect(await isThere(database, id)).toBe(true);
    });

    it('keeps a run as long as one of its deliveries is not settled', async () => {
      const { database } = await open();
      const ids = await Promise.all([1, 2, 3].map(() => claimed(database)));
      for (const held of ids) {
        await database.settleRun(ending(held, DONE, { deliveries: [newDelivery(held.run.id)] }), T0);
      }
      await ended(database, {}, LATER);
      const [first, second] = await database.claimDeliveries({ limit: 2, leaseMs: 1 }, T0);
      const lost = { ok: false, retryable: false, error: 'no' } as const;
      const dead = { id: first?.id ?? '', fence: first?.fence ?? 0, result: lost, audit: audit() };
      await database.settleDelivery(dead, T0);
      await database.holdDelivery(second?.id ?? '', second?.fence ?? 0, 'its target is gone', T0);
      expect(await prune(database, { limit: 1 })).toBe(1);
      expect(await isThere(database, first?.run ?? '')).toBe(false);
      expect(await database.listDeliveries({ limit: 5 })).toMatchObject([{ status: 'pending' }, { status: 'held' }]);
    });

    it('keeps the turns of a conversation that goes on, and removes one that is over', async () => {
      const { database } = await open();
      const turn = (id: string, expiresAt: number) => ({ id, owner: 'o', question: 'q', answer: 'a', expiresAt });
      const over = await ended(database, { turn: turn('sess_over', T0 + DAY) });
      const alive = await ended(database, { turn: turn('sess_alive', LATER + DAY) });
      await ended(database, {}, LATER);
      expect(await prune(database)).toBe(1);
      expect(await isThere(database, over)).toBe(false);
      expect(await isThere(database, alive)).toBe(true);
      expect(await database.getConversation('sess_over', T0)).toBeUndefined();
      expect(await database.listTurns('sess_alive', { limit: 5 })).toHaveLength(1);
    });

    it('keeps a run while it is being replayed, and not for the replays that ended', async () => {
      const { database } = await open();
      const [parent, old] = [await ended(database), await ended(database)];
      await ended(database, { replayOf: old, trigger: 'replay' }, LATER);
      const replay = newRun({ replayOf: parent, trigger: 'replay' });
      await database.enqueueRun(replay, {}, LATER);
      expect(await prune(database)).toBe(1);
      expect(await isThere(database, parent)).toBe(true);
      expect(await isThere(database, old)).toBe(false);
    });

    it('goes on where it was and finds each run once, however many have to stay', async () => {
      const { database } = await open();
      const all = await Promise.all(Array.from({ length: 12 }, () => claimed(database, { maxActive: 20 })));
      for (const [index, held] of all.entries()) {
        const deliveries = index % 3 === 0 ? [newDelivery(held.run.id)] : [];
        await database.settleRun(ending(held, DONE, { deliveries }), T0);
      }
      await ended(database, {}, LATER);
      expect(await prune(database, { limit: 2 })).toBe(8);
      expect(await database.listRuns({ limit: 20 })).toHaveLength(5);
    });

    it('removes a transcript of any length in several steps, and what comes after it', async () => {
      const { database } = await open();
      const held = await claimed(database);
      const lines = Array.from({ length: 2500 }, () => ({ type: 'agent.message', content: { text: 'x' } }) as const);
      await database.appendTranscript(held.run.id, held.run.fence, lines, T0);
      await database.settleRun(ending(held, DONE), T0);
      await ended(database);
      await ended(database, {}, LATER);
      let steps = 0;
      let after: PrunedThrough | undefined;
      do {
        const step = await database.pruneRuns({ before: BEFORE, limit: 10, ...(after && { after }) }, LATER);
        after = step.next;
        steps += 1;
      } while (after);
      expect(steps).toBeGreaterThan(2);
      expect(await database.listRuns({ limit: 5 })).toHaveLength(1);
    });
  });

  describe('what is known of pruned runs', () => {
    it('is their keys, until they expire: the same event never runs again', async () => {
      const { database } = await open();
      const parts = {
        keys: ['p'],
        eventOf: () => ({ source: 'webhook', format: 'json', headers: {}, query: {} }) as const,
      };
      const id = await ended(database, { dedupeKey: 'd', replayKey: 'signed', parts });
      const short = await ended(database, { dedupeKey: 'short', dedupeUntil: LATER + DAY });
      await ended(database, { dedupeKey: 'over', dedupeUntil: T0 + DAY });
      await ended(database, {}, LATER);
      expect(await prune(database)).toBe(3);
      for (const again of [{ dedupeKey: 'd' }, { replayKey: 'signed' }, { parts }]) {
        expect(await database.enqueueRun(newRun(again), {}, LATER)).toEqual({ type: 'duplicate', run: id });
      }
      expect(await database.enqueueRun(newRun({ dedupeKey: 'short' }), {}, LATER)).toEqual({
        type: 'duplicate',
        run: short,
      });
      expect(await database.enqueueRun(newRun({ dedupeKey: 'over' }), {}, LATER)).toMatchObject({ type: 'queued' });
      await prune(database, { now: LATER + 2 * DAY });
      const next = newRun({ dedupeKey: 'short' });
      expect(await database.enqueueRun(next, {}, LATER + 2 * DAY)).toEqual({ type: 'queued', run: next.id });
      expect(await database.enqueueRun(newRun({ dedupeKey: 'short' }), {}, LATER + 2 * DAY)).toMatchObject({
        type: 'duplicate',
        run: next.id,
      });
    });

    it('is what they cost, as far back as budgets look', async () => {
      const { database } = await open();
      const usage = { type: 'usage', content: { model: 'm', inputTokens: 1, outputTokens: 1, costUsd: 1 } } as const;
      for (const at of [LATER - 40 * DAY, LATER - 20 * DAY]) {
        const held = await claimed(database, {}, at);
        await database.appendTranscript(held.run.id, held.run.fence, [usage], at);
        await database.settleRun(ending(held, DONE), at);
      }
      await ended(database, {}, LATER);
      expect(await prune(database, { before: LATER - DAY })).toBe(2);
      expect(await database.listSpent('digest', 0)).toEqual([{ at: LATER - 20 * DAY, usd: 1 }]);
    });

    it('is that their instants are accounted for: none fires again, and the account begins after them', async () => {
      const { database, reopen } = await open();
      await database.syncSchedules([{ automation: 'digest', scheduleHash: 'h1', nextFire: T0 }], T0 - MINUTE);
      const missed = { instant: T0 - 3 * MINUTE, instantTo: T0 - MINUTE, count: 3, verdict: 'missed' } as const;
      const due = { instant: T0, verdict: 'run', run: newId('run') } as const;
      await database.fireSchedule(fire({ occurrences: [{ ...missed, run: newId('run') }, due] }), T0);
      const held = await claimBy(database, 'a', T0);
      if (held) await database.settleRun(ending(held, DONE), T0);
      await ended(database, {}, LATER);
      expect(await prune(database)).toBe(2);
      const state = await database.getAutomationState('digest');
      expect(state).toMatchObject({ firedThrough: T0, nextFire: T0 + MINUTE, accountedFrom: T0 + 1 });
      expect(state.lastSuccessStartedAt).toBe(LATER);
      const other = await reopen();
      const again = fire({ expectedNextFire: T0 + MINUTE, occurrences: [{ ...due, run: newId('run') }] });
      expect(await other.fireSchedule(again, LATER)).toBe(true);
      expect(await other.listOccurrences('digest', 0, LATER)).toEqual([]);
    });
  });

  describe('pruning the audit trail', () => {
    it('takes old records from its beginning, and leaves a record and a note of the last of them', async () => {
      const { database } = await open();
      for (const at of [T0, T0 + 1, LATER, T0 + 2]) await database.appendAudit(audit(), at);
      const [, second, third] = await database.listAudit({ limit: 5 });
      expect(await database.auditAnchor()).toBeUndefined();
      expect(await database.pruneAudit({ before: BEFORE, limit: 1 }, LATER)).toBe(1);
      expect(await database.pruneAudit({ before: BEFORE, limit: 10 }, LATER)).toBe(1);
      expect(await database.pruneAudit({ before: BEFORE, limit: 10 }, LATER)).toBe(0);
      expect(await database.auditAnchor()).toEqual({ seq: 2, hash: second?.hash });
      const trail = await database.listAudit({ limit: 10 });
      expect(trail[0]).toEqual(third);
      expect(trail.map(({ seq }) => seq)).toEqual([3, 4, 5, 6]);
      expect(trail.at(-1)).toMatchObject({
        action: 'audit.pruned',
        details: { through: 2, hash: second?.hash, records: 1 },
      });
    });

    it('leaves runs alone, as pruning runs leaves records alone', async () => {
      const { database } = await open();
      const id = await ended(database);
      await ended(database, {}, LATER);
      await database.appendAudit(audit(), T0);
      await database.pruneAudit({ before: BEFORE, limit: 10 }, LATER);
      expect(await isThere(database, id)).toBe(true);
      const before = await database.listAudit({ limit: 10 });
      await prune(database);
      expect((await database.listAudit({ limit: 10 })).slice(0, before.length)).toEqual(before);
    });
  });
}
