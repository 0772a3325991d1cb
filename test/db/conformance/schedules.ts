import { describe, expect, it } from 'vitest';
import { BROKEN, claimBy, claimed, DONE, ending, fire, MINUTE, newId, newRun, type OpenStore, T0 } from '../world.ts';

const DIGEST = { automation: 'digest', scheduleHash: 'h1', nextFire: T0 };

export function describeSchedules(open: OpenStore): void {
  const openDue = async () => {
    const store = await open();
    await store.database.syncSchedules([DIGEST], T0 - MINUTE);
    return store;
  };

  describe('fireSchedule', () => {
    it('records the instant and moves the next fire, once, whoever comes', async () => {
      const { database, reopen } = await openDue();
      const other = await reopen();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 ? database : other).fireSchedule(fire(), T0)),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await database.listRuns({ limit: 10 })).toMatchObject([
        { trigger: 'cron', status: 'queued', instant: T0, instantCount: 1, requestedBy: 'schedule' },
      ]);
      expect(await database.getAutomationState('digest')).toMatchObject({ nextFire: T0 + MINUTE, firedThrough: T0 });
      const claim = await claimBy(database, 'a', T0);
      expect(claim?.event).toBeUndefined();
    });

    it('does nothing for another definition or another next fire', async () => {
      const { database } = await openDue();
      expect(await database.fireSchedule(fire({ scheduleHash: 'h2' }), T0)).toBe(false);
      expect(await database.fireSchedule(fire({ expectedNextFire: T0 + 1 }), T0)).toBe(false);
      expect(await database.fireSchedule(fire({ automation: 'unknown' }), T0)).toBe(false);
      expect(await database.listRuns({ limit: 10 })).toEqual([]);
    });

    it('keeps missed and skipped instants as rows that have ended, with their ranges', async () => {
      const { database } = await openDue();
      const range = { instant: T0 - 50 * MINUTE, instantTo: T0 - 2 * MINUTE, count: 48, run: newId('run') } as const;
      const occurrences = [
        { ...range, verdict: 'missed', reason: 'policy' },
        { instant: T0 - MINUTE, verdict: 'skipped', reason: 'paused', run: newId('run') },
        { instant: T0, verdict: 'run', run: newId('run') },
      ] as const;
      await database.fireSchedule(fire({ occurrences }), T0);
      const rows = await database.listOccurrences('digest', T0 - 3 * MINUTE, T0);
      expect(
        rows.map(({ status, reason, instant, instantTo, instantCount }) => [
          status,
          reason,
          instant,
          instantTo,
          instantCount,
        ]),
      ).toEqual([
        ['missed', 'policy', T0 - 50 * MINUTE, T0 - 2 * MINUTE, 48],
        ['skipped', 'paused', T0 - MINUTE, undefined, 1],
        ['queued', undefined, T0, undefined, 1],
      ]);
      expect(rows[0]?.finishedAt).toBe(T0);
      expect(await database.listOccurrences('digest', T0 + 1, T0 + MINUTE)).toEqual([]);
    });

    it('never makes a second row of an instant, even when the next fire is set back', async () => {
      const { database } = await openDue();
      await database.fireSchedule(fire(), T0);
      await database.syncSchedules([{ ...DIGEST, scheduleHash: 'h2' }], T0);
      expect(await database.fireSchedule(fire({ scheduleHash: 'h2' }), T0)).toBe(true);
      expect(await database.listOccurrences('digest', 0, T0)).toHaveLength(1);
      expect((await database.listRuns({ limit: 10 })).map(({ status }) => status)).toEqual(['skipped']);
    });

    it('skips when the automation was paused or is active, and cancels when told to', async () => {
      const { database } = await openDue();
      const held = await claimed(database);
      await database.fireSchedule(fire(), T0);
      expect(await database.listOccurrences('digest', T0, T0)).toMatchObject([
        { status: 'skipped', reason: 'overlap' },
      ]);
      const second = fire({
        expectedNextFire: T0 + MINUTE,
        nextFire: T0 + 2 * MINUTE,
        firedThrough: T0 + MINUTE,
        occurrences: [{ instant: T0 + MINUTE, verdict: 'run', run: newId('run') }],
        overlap: 'cancel',
      });
      await database.fireSchedule(second, T0 + MINUTE);
      expect((await database.getRun(held.run.id))?.cancelRequested).toBe(true);
      expect(await database.countRuns()).toEqual({ queued: 1, running: 1 });
      await database.pauseAutomation('digest', { at: T0, by: 'cli', reason: 'quiet', automatic: false }, T0);
      const third = fire({
        expectedNextFire: T0 + 2 * MINUTE,
        nextFire: undefined,
        firedThrough: T0 + 2 * MINUTE,
        occurrences: [{ instant: T0 + 2 * MINUTE, verdict: 'run', run: newId('run') }],
        overlap: 'queue',
      });
      expect(await database.fireSchedule(third, T0 + 2 * MINUTE)).toBe(true);
      const last = await database.listOccurrences('digest', T0 + 2 * MINUTE, T0 + 2 * MINUTE);
      expect(last).toMatchObject([{ status: 'skipped', reason: 'paused' }]);
      expect((await database.getAutomationState('digest')).nextFire).toBeUndefined();
    });

    it('records a thousand due schedules in one go', async () => {
      const { database } = await open();
      const names = Array.from({ length: 1000 }, (_, index) => `job-${index}`);
      await database.syncSchedules(
        names.map((automation) => ({ ...DIGEST, automation })),
        T0 - MINUTE,
      );
      const fires = names.map((automation) =>
        fire({ automation, occurrences: [{ instant: T0, verdict: 'run', run: newId('run') }] }),
      );
      const began = performance.now();
      const answers = await database.fireSchedules(fires, T0);
      const took = performance.now() - began;
      expect(answers.every(Boolean)).toBe(true);
      expect(await database.countRuns()).toEqual({ queued: 1000, running: 0 });
      // 50 ms on an idle machine; the bound leaves room for a busy one.
      expect(took).toBeLessThan(2000);
      expect((await database.fireSchedules(fires, T0)).some(Boolean)).toBe(false);
    });
  });

  describe('syncSchedules', () => {
    it('keeps the next fire of what did not change and sets that of the rest', async () => {
      const { database } = await openDue();
      const definitions = [
        { ...DIGEST, nextFire: T0 + 5 },
        { automation: 'new', scheduleHash: 'n', nextFire: T0 + 7 },
      ];
      await database.syncSchedules(definitions, T0);
      const states = await database.listAutomationStates();
      expect(states.map(({ automation, nextFire }) => [automation, nextFire])).toEqual([
        ['digest', T0],
        ['new', T0 + 7],
      ]);
      await database.syncSchedules([{ ...DIGEST, scheduleHash: 'h2', nextFire: T0 + 9 }], T0);
      expect(await database.getAutomationState('digest')).toMatchObject({ scheduleHash: 'h2', nextFire: T0 + 9 });
      const gone = await database.getAutomationState('new');
      expect([gone.scheduleHash, gone.nextFire]).toEqual([undefined, undefined]);
    });

    it('withdraws the queued cron runs of what changed or went, and nothing else', async () => {
      const { database } = await openDue();
      await database.fireSchedule(fire(), T0);
      const hook = newRun();
      await database.enqueueRun(hook, {}, T0);
      await database.syncSchedules([DIGEST], T0);
      expect(await database.countRuns()).toEqual({ queued: 2, running: 0 });
      await database.syncSchedules([], T0 + 1);
      const [cron] = await database.listOccurrences('digest', T0, T0);
      expect(cron).toMatchObject({ status: 'skipped', reason: 'withdrawn', finishedAt: T0 + 1 });
      expect(await database.getRun(hook.id)).toMatchObject({ status: 'queued' });
      const lines = await database.readTranscript(cron!.id, 0, 5);
      expect(lines.map(({ type }) => type)).toEqual(['run.queued', 'session.status_closed']);
    });

    it('leaves a cron run alone that has begun and waits for its next attempt', async () => {
      const { database } = await openDue();
      await database.fireSchedule(fire(), T0);
      const held = await claimBy(database, 'a', T0);
      await database.settleRun(ending(held!, BROKEN), T0);
      await database.syncSchedules([], T0);
      expect(await database.getRun(held!.run.id)).toMatchObject({ status: 'queued' });
    });
  });

  describe('switches', () => {
    it('remembers a pause with its reason, and starts from the instant given at resume', async () => {
      const { database, reopen } = await openDue();
      const pause = { at: T0, by: 'cli', reason: 'maintenance', automatic: false };
      expect(await database.pauseAutomation('digest', pause, T0)).toMatchObject({ paused: pause, nextFire: T0 });
      expect((await (await reopen()).getAutomationState('digest')).paused).toEqual(pause);
      const resumed = await database.resumeAutomation('digest', { nextFire: T0 + 9, by: 'api' }, T0);
      expect(resumed).toMatchObject({ nextFire: T0 + 9, scheduleHash: 'h1' });
      expect(resumed.paused).toBeUndefined();
      const trail = await database.listAudit({ limit: 5 });
      expect(trail.map(({ action, actor, automation }) => [action, actor, automation])).toEqual([
        ['automation.paused', 'cli', 'digest'],
        ['automation.resumed', 'api', 'digest'],
      ]);
    });

    it('counts the webhook generations', async () => {
      const { database } = await open();
      expect((await database.getAutomationState('digest')).webhookGeneration).toBe(1);
      expect(await database.rotateWebhook('digest', { graceUntil: T0 + MINUTE, by: 'cli' }, T0)).toMatchObject({
        webhookGeneration: 2,
        webhookGraceUntil: T0 + MINUTE,
      });
      const again = await database.rotateWebhook('digest', { by: 'cli' }, T0);
      expect([again.webhookGeneration, again.webhookGraceUntil]).toEqual([3, undefined]);
      expect(await database.listAudit({ limit: 5 })).toMatchObject([{ action: 'webhook.rotated' }, {}]);
    });

    it('lets a success since the pause count', async () => {
      const { database } = await open();
      const held = await claimed(database, { trigger: 'manual' });
      await database.pauseAutomation('digest', { at: T0, by: 'cli', reason: '', automatic: false }, T0);
      await database.settleRun(ending(held, DONE), T0);
      const state = await database.getAutomationState('digest');
      expect(state).toMatchObject({ paused: { by: 'cli' }, lastRunSummary: 'all well' });
    });
  });
}
