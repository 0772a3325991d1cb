import { describe, expect, it } from 'vitest';
import {
  BROKEN,
  claimBy,
  claimed,
  DONE,
  EVENT,
  ending,
  MINUTE,
  NO_RETRY,
  newRun,
  type OpenStore,
  POLICY,
  T0,
} from '../world.ts';

const PROVENANCE = { commit: 'c0ffee', dirty: false, fileHash: 'f', bundleHash: 'b' };

export function describeClaim(open: OpenStore): void {
  describe('claimRun and the lease', () => {
    it('hands out the oldest first, each with its event and state, and counts the start before any work', async () => {
      const { database } = await open();
      const runs = [newRun(), newRun(), newRun()];
      for (const run of runs) await database.enqueueRun(run, {}, T0);
      const first = await claimBy(database, 'a', T0 + 5);
      expect(first).toMatchObject({
        run: { id: runs[0]?.id, status: 'running', fence: 1, attempt: 0, interruptions: 1, leaseOwner: 'a' },
        event: EVENT,
        state: { automation: 'digest', webhookGeneration: 1 },
      });
      expect(first?.run).toMatchObject({ leaseUntil: T0 + 5 + MINUTE, startedAt: T0 + 5 });
      expect((await claimBy(database, 'b', T0))?.run.id).toBe(runs[1]?.id);
      expect(await database.countRuns()).toEqual({ queued: 1, running: 2 });
    });

    it('does not hand out what is not due, and takes a run by name', async () => {
      const { database } = await open();
      const [later, other] = [newRun({ availableAt: T0 + MINUTE }), newRun()];
      await database.enqueueRun(later, {}, T0);
      await database.enqueueRun(other, {}, T0);
      const byName = (now: number) => database.claimRun({ owner: 'a', leaseMs: MINUTE, run: later.id }, now);
      expect(await byName(T0)).toBeUndefined();
      expect((await byName(T0 + MINUTE))?.run.id).toBe(later.id);
      expect((await claimBy(database, 'a', T0))?.run.id).toBe(other.id);
      expect(await claimBy(database, 'a', T0 + 9 * MINUTE)).toBeUndefined();
    });

    it('still hands out what was queued before the wall clock was set back', async () => {
      const { database } = await open();
      await database.enqueueRun(newRun(), {}, T0);
      expect(await claimBy(database, 'a', T0 - 60 * MINUTE)).toBeDefined();
    });

    it('keeps cron and webhook runs of a paused automation waiting, not what a person asked for', async () => {
      const { database } = await open();
      const [hook, manual] = [newRun(), newRun({ trigger: 'manual' })];
      await database.enqueueRun(hook, {}, T0);
      await database.enqueueRun(manual, {}, T0);
      await database.pauseAutomation('digest', { at: T0, by: 'cli', reason: 'quiet', automatic: false }, T0);
      expect((await claimBy(database, 'a', T0))?.run.id).toBe(manual.id);
      expect(await claimBy(database, 'a', T0)).toBeUndefined();
      await database.resumeAutomation('digest', { by: 'cli' }, T0);
      expect((await claimBy(database, 'a', T0))?.run.id).toBe(hook.id);
    });

    it('records what the run runs from, and refuses every verb of an old fence', async () => {
      const { database } = await open();
      const stale = await claimed(database);
      const { id, fence } = stale.run;
      expect(await database.startRun(id, fence, PROVENANCE, T0)).toBe(true);
      expect((await database.getRun(id))?.provenance).toEqual(PROVENANCE);
      await database.reclaimRun({ run: id, fence, policy: POLICY, alerts: () => [] }, T0);
      const fresh = await claimBy(database, 'b', T0);
      expect(fresh?.run).toMatchObject({ id, fence: fence + 1, interruptions: 2 });
      const before = await database.getRun(id);
      expect(await database.startRun(id, fence, { ...PROVENANCE, dirty: true }, T0)).toBe(false);
      expect(await database.heartbeatRun(id, fence, MINUTE, T0)).toMatchObject({ held: false });
      expect(await database.settleRun(ending(stale, DONE), T0)).toBeUndefined();
      expect(await database.appendTranscript(id, fence, [{ type: 'prompt', content: {} }], T0)).toBe(false);
      const call = { run: id, call: '1', tool: 'request', operation: 'x', idempotencyKey: 'k', at: T0 };
      const record = { action: 'write.intent', actor: 'agent', details: {} } as const;
      expect(await database.recordWriteIntent(call, fence, record, T0)).toBe(false);
      expect(await database.reclaimRun({ run: id, fence, policy: POLICY, alerts: () => [] }, T0)).toBeUndefined();
      expect(await database.getRun(id)).toEqual(before);
      expect(await database.listAudit({ limit: 10 })).toEqual([]);
    });

    it('prolongs the lease with a heartbeat', async () => {
      const { database } = await open();
      const { run } = await claimed(database);
      await database.heartbeatRun(run.id, run.fence, MINUTE, T0 + 50_000);
      expect(await database.listLostRuns({}, T0 + MINUTE + 1)).toEqual([]);
      const lost = await database.listLostRuns({}, T0 + 110_000);
      expect(lost).toMatchObject([{ run: { id: run.id }, event: EVENT }]);
      expect(await database.listLostRuns({ notOwner: 'worker' }, T0)).toEqual([]);
      expect(await database.listLostRuns({ notOwner: 'successor' }, T0)).toHaveLength(1);
    });
  });

  describe('reclaimRun', () => {
    it('starts an interrupted run again at once, three starts at most', async () => {
      const { database } = await open();
      await database.enqueueRun(newRun(), {}, T0);
      for (const start of [1, 2]) {
        const lost = await claimBy(database, `owner-${start}`, T0);
        const reclaim = { run: lost!.run.id, fence: lost!.run.fence, policy: NO_RETRY, alerts: () => [] };
        expect(await database.reclaimRun(reclaim, T0)).toMatchObject({ status: 'queued', terminal: false });
      }
      const last = await claimBy(database, 'owner-3', T0);
      const settlement = await database.reclaimRun(
        { run: last!.run.id, fence: last!.run.fence, policy: NO_RETRY, alerts: ending(last!, BROKEN).alerts },
        T0,
      );
      expect(settlement).toMatchObject({ status: 'failed', reason: 'interrupted', terminal: true });
      expect(await database.getRun(last!.run.id)).toMatchObject({ status: 'failed', attempt: 0, interruptions: 3 });
      expect(await database.listDeliveries({ limit: 5 })).toMatchObject([{ kind: 'alert', status: 'pending' }]);
    });

    it('counts the steps, calls and refusals of the start that broke off', async () => {
      const { database } = await open();
      const { run } = await claimed(database);
      const types = ['usage', 'tool.call', 'tool.result', 'tool.call', 'tool.refused', 'usage'] as const;
      const lines = types.map((type) => ({ type, content: type === 'usage' ? { inputTokens: 1, costUsd: 1 } : {} }));
      await database.appendTranscript(run.id, run.fence, lines, T0);
      await database.reclaimRun({ run: run.id, fence: run.fence, policy: NO_RETRY, alerts: () => [] }, T0);
      expect(await database.getRun(run.id)).toMatchObject({ steps: 2, toolCalls: 2, refusals: 1, costUsd: 2 });
    });

    it('never repeats a run that has sent a write, and names each write', async () => {
      const { database } = await open();
      const { run } = await claimed(database);
      for (const call of ['1.1', '1.2']) {
        const write = { run: run.id, call, tool: 'request', operation: `crm:POST /deals/${call}`, at: T0 };
        const record = { action: 'write.intent', actor: 'agent', run: run.id, details: {} } as const;
        await database.recordWriteIntent({ ...write, idempotencyKey: `${run.id}.${call}` }, run.fence, record, T0);
      }
      const record = { action: 'write.outcome', actor: 'agent', run: run.id, details: {} } as const;
      await database.recordWriteOutcome(run.id, '1.1', { result: 'applied', status: 201 }, record, T0);
      const reclaim = { run: run.id, fence: run.fence, policy: POLICY, alerts: () => [] };
      expect(await database.reclaimRun(reclaim, T0)).toMatchObject({ status: 'failed', reason: 'interrupted' });
      const ended = await database.getRun(run.id);
      expect(ended?.error).toContain('applied: crm:POST /deals/1.1 (1.1)');
      expect(ended?.error).toContain('unknown: crm:POST /deals/1.2 (1.2)');
      expect(ended?.writesSent).toBe(2);
    });

    it('ends as cancelled what somebody had asked to stop', async () => {
      const { database } = await open();
      const { run } = await claimed(database);
      expect(await database.requestCancel(run.id, 'cli', T0)).toBe('requested');
      const reclaim = { run: run.id, fence: run.fence, policy: POLICY, alerts: () => [] };
      expect(await database.reclaimRun(reclaim, T0)).toMatchObject({ status: 'cancelled' });
    });
  });

  describe('requestCancel', () => {
    it('ends a waiting run, asks a running one, and leaves the rest alone', async () => {
      const { database } = await open();
      const held = await claimed(database);
      const waiting = newRun();
      await database.enqueueRun(waiting, {}, T0);
      expect(await database.requestCancel(waiting.id, 'cli', T0)).toBe('cancelled');
      expect(await database.getRun(waiting.id)).toMatchObject({ status: 'cancelled', reason: 'cancelled' });
      expect(await database.requestCancel(held.run.id, 'api', T0)).toBe('requested');
      expect(await database.requestCancel(waiting.id, 'cli', T0)).toBe('ended');
      expect(await database.requestCancel('run_unknown', 'cli', T0)).toBe('unknown');
      const trail = await database.listAudit({ limit: 10 });
      expect(trail.map(({ action, actor }) => [action, actor])).toEqual([
        ['run.cancelled', 'cli'],
        ['run.cancelled', 'api'],
      ]);
    });

    it('wins over a retry and over a hand-back', async () => {
      const { database } = await open();
      for (const outcome of [BROKEN, { type: 'handed_back' } as const]) {
        const held = await claimed(database);
        await database.requestCancel(held.run.id, 'cli', T0);
        expect(await database.settleRun(ending(held, outcome), T0)).toMatchObject({
          status: 'cancelled',
          terminal: true,
        });
      }
    });
  });
}
