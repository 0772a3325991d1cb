import { describe, expect, it } from 'vitest';
import { claimBy, claimed, DONE, EVENT, ending, MINUTE, newRun, type OpenStore, T0 } from '../world.ts';

export function describeEnqueue(open: OpenStore): void {
  describe('enqueueRun', () => {
    it('keeps the occurrence with its event, byte for byte', async () => {
      const { database, reopen } = await open();
      const run = newRun({ dedupeKey: 'delivery-1', replayOf: 'run_before' });
      expect(await database.enqueueRun(run, {}, T0)).toEqual({ type: 'queued', run: run.id });
      const other = await reopen();
      expect(await other.getRun(run.id)).toMatchObject({
        id: run.id,
        automation: 'digest',
        trigger: 'webhook',
        status: 'queued',
        dedupeKey: 'delivery-1',
        replayOf: 'run_before',
        requestedBy: 'webhook',
        availableAt: T0,
        createdAt: T0,
        attempt: 0,
        interruptions: 0,
        fence: 0,
        maxActive: 5,
        costUsd: 0,
      });
      expect(await other.getRunEvent(run.id)).toEqual(EVENT);
    });

    it('answers the first run for a key that it knows, for ever', async () => {
      const { database } = await open();
      const first = newRun({ dedupeKey: 'k' });
      await database.enqueueRun(first, {}, T0);
      const again = await database.enqueueRun(newRun({ dedupeKey: 'k' }), {}, T0 + 400 * 86_400_000);
      expect(again).toEqual({ type: 'duplicate', run: first.id });
      const claim = await claimBy(database, 'a', T0);
      await database.settleRun(ending(claim!, DONE), T0);
      expect(await database.enqueueRun(newRun({ dedupeKey: 'k' }), {}, T0)).toMatchObject({ type: 'duplicate' });
      expect(await database.enqueueRun(newRun({ dedupeKey: 'k', automation: 'other' }), {}, T0)).toMatchObject({
        type: 'queued',
      });
    });

    it('lets a key run again once it has expired, and keeps the old row as it was', async () => {
      const { database } = await open();
      const first = newRun({ dedupeKey: 'sha', dedupeUntil: T0 + MINUTE });
      await database.enqueueRun(first, {}, T0);
      const claim = await claimBy(database, 'a', T0);
      await database.settleRun(ending(claim!, DONE), T0);
      const ended = await database.getRun(first.id);
      const early = await database.enqueueRun(newRun({ dedupeKey: 'sha' }), {}, T0 + MINUTE - 1);
      expect(early).toEqual({ type: 'duplicate', run: first.id });
      const late = newRun({ dedupeKey: 'sha', dedupeUntil: T0 + 3 * MINUTE });
      expect(await database.enqueueRun(late, {}, T0 + MINUTE)).toMatchObject({ type: 'queued' });
      expect(await database.enqueueRun(newRun({ dedupeKey: 'sha' }), {}, T0 + 2 * MINUTE)).toEqual({
        type: 'duplicate',
        run: late.id,
      });
      expect(await database.getRun(first.id)).toEqual(ended);
    });

    it('makes one row of many simultaneous requests with one key', async () => {
      const { database, reopen } = await open();
      const other = await reopen();
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 ? database : other).enqueueRun(newRun({ dedupeKey: 'same' }), {}, T0),
        ),
      );
      expect(answers.filter(({ type }) => type === 'queued')).toHaveLength(1);
      expect(await database.listRuns({ limit: 100 })).toHaveLength(1);
    });

    it('refuses over the bound without writing, but still knows duplicates', async () => {
      const { database } = await open();
      const first = newRun({ dedupeKey: 'k' });
      await database.enqueueRun(first, { limit: 2 }, T0);
      await database.enqueueRun(newRun({ availableAt: T0 + MINUTE }), { limit: 2 }, T0);
      expect(await database.enqueueRun(newRun(), { limit: 2 }, T0)).toEqual({ type: 'full', queued: 2 });
      expect(await database.enqueueRun(newRun({ dedupeKey: 'k' }), { limit: 2 }, T0)).toMatchObject({
        type: 'duplicate',
      });
      expect(await database.countRuns()).toEqual({ queued: 2, running: 0 });
      await claimBy(database, 'a', T0);
      expect(await database.enqueueRun(newRun(), { limit: 2 }, T0)).toMatchObject({ type: 'queued' });
    });

    it('skips while another run is queued or running when the policy says so', async () => {
      const { database } = await open();
      const held = await claimed(database);
      const second = newRun({ overlap: 'skip', maxActive: 1 });
      const expected = { type: 'skipped', run: second.id, reason: 'overlap' };
      expect(await database.enqueueRun(second, {}, T0)).toEqual(expected);
      expect(await database.getRun(second.id)).toMatchObject({ status: 'skipped', reason: 'overlap', finishedAt: T0 });
      await database.settleRun(ending(held, DONE), T0);
      expect(await database.enqueueRun(newRun({ overlap: 'skip' }), {}, T0)).toMatchObject({ type: 'queued' });
      expect(await database.enqueueRun(newRun({ overlap: 'skip' }), {}, T0)).toMatchObject({ type: 'skipped' });
      const elsewhere = newRun({ overlap: 'skip', automation: 'other' });
      expect(await database.enqueueRun(elsewhere, {}, T0)).toMatchObject({ type: 'queued' });
    });

    it('cancels what waits and asks what runs to stop when the policy says cancel', async () => {
      const { database } = await open();
      const held = await claimed(database);
      const waiting = newRun();
      await database.enqueueRun(waiting, {}, T0);
      const newest = newRun({ overlap: 'cancel', maxActive: 1 });
      expect(await database.enqueueRun(newest, {}, T0)).toMatchObject({ type: 'queued' });
      expect(await database.getRun(waiting.id)).toMatchObject({ status: 'cancelled', reason: 'overlap' });
      const beat = await database.heartbeatRun(held.run.id, held.run.fence, MINUTE, T0);
      expect(beat).toEqual({ held: true, cancelRequested: true });
      expect(await claimBy(database, 'b', T0)).toBeUndefined();
      await database.settleRun(ending(held, { type: 'cancelled' }), T0);
      expect((await claimBy(database, 'b', T0))?.run.id).toBe(newest.id);
    });

    it('keeps those at the door that wait for a slot when the policy says queue', async () => {
      const { database } = await open();
      const runs = [newRun({ overlap: 'queue', maxActive: 2 }), newRun({ maxActive: 2 }), newRun({ maxActive: 2 })];
      for (const run of runs) await database.enqueueRun(run, {}, T0);
      const first = await claimBy(database, 'a', T0);
      expect((await claimBy(database, 'b', T0))?.run.id).toBe(runs[1]?.id);
      expect(await claimBy(database, 'c', T0)).toBeUndefined();
      const other = newRun({ automation: 'other' });
      await database.enqueueRun(other, {}, T0);
      expect((await claimBy(database, 'c', T0))?.run.id).toBe(other.id);
      await database.settleRun(ending(first!, DONE), T0);
      expect((await claimBy(database, 'c', T0))?.run.id).toBe(runs[2]?.id);
    });
  });
}
