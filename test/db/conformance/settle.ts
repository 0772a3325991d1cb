import { describe, expect, it } from 'vitest';
import {
  BROKEN,
  claimBy,
  claimed,
  DONE,
  ending,
  FIGURES,
  MINUTE,
  NO_RETRY,
  newDelivery,
  newRun,
  type OpenStore,
  T0,
} from '../world.ts';

export function describeSettle(open: OpenStore): void {
  describe('settleRun', () => {
    it('writes result, figures, deliveries, summary and record of a success together', async () => {
      const { database, reopen } = await open();
      const held = await claimed(database);
      const delivery = newDelivery(held.run.id);
      const settlement = await database.settleRun(
        ending(held, DONE, {
          figures: FIGURES,
          deliveries: [delivery],
          transcript: [{ type: 'agent.message', content: { text: 'all well' } }],
        }),
        T0 + 10,
      );
      expect(settlement).toMatchObject({ status: 'succeeded', terminal: true });
      const other = await reopen();
      expect(await other.getRun(held.run.id)).toMatchObject({
        status: 'succeeded',
        result: 'all well',
        finishedAt: T0 + 10,
        attempt: 1,
        interruptions: 0,
        usage: FIGURES.usage,
        costUsd: 0.25,
        steps: 2,
        toolCalls: 3,
        refusals: 1,
        leaseOwner: undefined,
      });
      expect(await other.listDeliveries({ run: held.run.id, limit: 5 })).toMatchObject([
        { ...delivery, automation: 'digest', status: 'pending', attempts: 0 },
      ]);
      expect(await other.getAutomationState('digest')).toMatchObject({
        lastSuccessStartedAt: T0,
        lastRunSummary: 'all well',
      });
      const lines = await other.readTranscript(held.run.id, 0, 10);
      expect(lines.map(({ seq, type, attempt }) => [seq, type, attempt])).toEqual([
        [1, 'run.queued', 1],
        [2, 'agent.message', 1],
        [3, 'delivery.queued', 1],
        [4, 'session.status_closed', 1],
      ]);
    });

    it('queues a safe failure again with its back-off, and alerts only at the end', async () => {
      const { database } = await open();
      const first = await claimed(database);
      const again = await database.settleRun(
        ending(first, BROKEN, { figures: FIGURES, deliveries: [newDelivery(first.run.id)] }),
        T0,
      );
      expect(again).toMatchObject({ status: 'queued', availableAt: T0 + 30_000, terminal: false });
      expect(await database.listDeliveries({ limit: 5 })).toEqual([]);
      expect(await claimBy(database, 'a', T0 + 29_999)).toBeUndefined();
      const second = await claimBy(database, 'a', T0 + 30_000);
      expect(second?.run).toMatchObject({ attempt: 1, interruptions: 1, fence: 2, reason: 'model_error' });
      const unknownPrice = { ...FIGURES, costUsd: null };
      const end = await database.settleRun(ending(second!, BROKEN, { figures: unknownPrice }), T0 + 30_000);
      expect(end).toMatchObject({ status: 'failed', reason: 'model_error', terminal: true });
      expect(await database.getRun(first.run.id)).toMatchObject({
        attempt: 2,
        error: '503 from the model',
        usage: { totalTokens: 30 },
        costUsd: null,
      });
      expect(await database.listDeliveries({ limit: 5 })).toMatchObject([{ kind: 'alert' }]);
      const types = (await database.readTranscript(first.run.id, 0, 10)).map(({ type }) => type);
      expect(types).toEqual(['run.queued', 'run.retry', 'alert.queued', 'session.status_closed']);
    });

    it('hands a run back without counting the attempt', async () => {
      const { database } = await open();
      const held = await claimed(database);
      expect(await database.settleRun(ending(held, { type: 'handed_back' }), T0)).toMatchObject({ status: 'queued' });
      expect(await database.getRun(held.run.id)).toMatchObject({ status: 'queued', attempt: 0, interruptions: 0 });
      expect((await claimBy(database, 'b', T0))?.run.id).toBe(held.run.id);
    });

    it('delivers what a failed run has when there is a part of an answer, and nothing else', async () => {
      const { database } = await open();
      const [partial, without] = [await claimed(database), await claimed(database)];
      const budget = { type: 'failed', reason: 'budget', error: 'spent', retryable: false } as const;
      const delivery = newDelivery(partial.run.id);
      await database.settleRun(ending(partial, { ...budget, partial: 'half' }, { deliveries: [delivery] }), T0);
      await database.settleRun(ending(without, budget, { deliveries: [newDelivery(without.run.id)] }), T0);
      expect(await database.listDeliveries({ kind: 'result', limit: 5 })).toMatchObject([{ id: delivery.id }]);
      expect((await database.getRun(partial.run.id))?.result).toBe('half');
    });

    it('counts failures in a row, pauses on its own and leaves that in the audit trail', async () => {
      const { database } = await open();
      for (let failure = 1; failure <= 3; failure += 1) {
        const held = await claimed(database, { trigger: 'manual' });
        const settlement = await database.settleRun(ending(held, BROKEN, { policy: NO_RETRY }), T0 + failure);
        expect(settlement?.autoPaused).toBe(failure === 3 ? '3 failures in a row' : undefined);
      }
      const state = await database.getAutomationState('digest');
      expect(state).toMatchObject({ paused: { automatic: true, reason: '3 failures in a row' } });
      expect(state.alert.consecutiveFailures).toBe(3);
      expect(await database.listAudit({ limit: 5 })).toMatchObject([{ action: 'automation.auto_paused' }]);
      // One alert only: the first is still on its way.
      expect(await database.listDeliveries({ kind: 'alert', limit: 5 })).toHaveLength(1);
      const resumed = await database.resumeAutomation('digest', { by: 'cli' }, T0);
      expect(resumed.paused).toBeUndefined();
      expect(resumed.alert.consecutiveFailures).toBe(0);
    });

    it('does not hold the next alert back when there is nobody to tell', async () => {
      const { database } = await open();
      const held = await claimed(database);
      await database.settleRun(ending(held, BROKEN, { policy: NO_RETRY, alerts: () => [] }), T0);
      expect((await database.getAutomationState('digest')).alert.alertPendingSince).toBeUndefined();
    });

    it('leaves no trace when rendering the alert fails', async () => {
      const { database } = await open();
      const held = await claimed(database);
      const alerts = () => {
        throw new Error('no such template');
      };
      const other = newRun();
      const [settled, queued] = await Promise.allSettled([
        database.settleRun(ending(held, BROKEN, { policy: NO_RETRY, alerts }), T0),
        database.enqueueRun(other, {}, T0),
      ]);
      expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
      expect(queued.status).toBe('fulfilled');
      expect(await database.getRun(held.run.id)).toMatchObject({ status: 'running', attempt: 0 });
      expect((await database.getAutomationState('digest')).alert.consecutiveFailures).toBe(0);
    });
  });

  describe('the record of a run', () => {
    it('numbers its lines, pages by number and takes late lines of the runtime', async () => {
      const { database } = await open();
      const held = await claimed(database);
      const { id, fence } = held.run;
      await database.startRun(id, fence, { commit: 'abc', dirty: true, fileHash: 'f', bundleHash: 'b' }, T0);
      const lines = ['one', 'two', 'three'].map((text) => ({ type: 'agent.message', content: { text } }) as const);
      expect(await database.appendTranscript(id, fence, lines, T0 + 1)).toBe(true);
      await database.settleRun(ending(held, DONE), T0 + 2);
      expect(await database.appendTranscript(id, undefined, [{ type: 'delivery.sent', content: {} }], T0 + 3)).toBe(
        true,
      );
      expect(await database.appendTranscript('run_unknown', undefined, lines, T0)).toBe(false);
      const all = await database.readTranscript(id, 0, 100);
      expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(all[1]).toMatchObject({ type: 'run.started', content: { commit: 'abc', dirty: true } });
      expect(await database.readTranscript(id, 3, 2)).toEqual(all.slice(3, 5));
      expect(await database.readTranscript(id, 0, 1)).toEqual(all.slice(0, 1));
      expect(await database.readTranscript(id, 7, 10)).toEqual([]);
      expect(await database.readTranscript('run_unknown', 0, 10)).toEqual([]);
    });

    it('says at once how a skipped run ended', async () => {
      const { database } = await open();
      await claimed(database);
      const skipped = newRun({ overlap: 'skip' });
      await database.enqueueRun(skipped, {}, T0);
      expect(await database.readTranscript(skipped.id, 0, 5)).toMatchObject([
        { seq: 1, type: 'session.status_closed', content: { status: 'skipped', reason: 'overlap' } },
      ]);
    });
  });

  describe('reading runs', () => {
    it('lists newest first, of one automation or of all, page by page', async () => {
      const { database } = await open();
      const runs = Array.from({ length: 6 }, (_, index) => newRun({ automation: index % 2 ? 'odd' : 'even' }));
      for (const [index, run] of runs.entries()) await database.enqueueRun(run, {}, T0 + index * MINUTE);
      const ids = async (filter: Parameters<typeof database.listRuns>[0]) =>
        (await database.listRuns(filter)).map((run) => runs.findIndex(({ id }) => id === run.id));
      expect(await ids({ limit: 4 })).toEqual([5, 4, 3, 2]);
      expect(await ids({ limit: 4, before: runs[2]?.id })).toEqual([1, 0]);
      expect(await ids({ automation: 'odd', limit: 2 })).toEqual([5, 3]);
      expect(await ids({ automation: 'odd', limit: 2, before: runs[3]?.id })).toEqual([1]);
      expect(await ids({ limit: 4, before: 'run_unknown' })).toEqual([]);
      expect(await database.getRun('run_unknown')).toBeUndefined();
      expect(await database.getRunEvent('run_unknown')).toBeUndefined();
    });
  });
}
