import { describe, expect, it } from 'vitest';
import type { EventParts } from '../../../src/domain/ports/run-queue.ts';
import { claimBy, EVENT, MINUTE, newRun, type OpenStore, T0 } from '../world.ts';

const SECOND = 1000;

/** A delivery of several events; what is left of it names them by index. */
function parts(...keys: readonly (string | undefined)[]): EventParts {
  return { keys, eventOf: (fresh) => ({ ...EVENT, body: `left: ${fresh.join()}` }) };
}

export function describeEventKeys(open: OpenStore): void {
  describe('what a sender signed', () => {
    it('runs once, whatever later deliveries of it call themselves', async () => {
      const { database, reopen } = await open();
      const first = newRun({ dedupeKey: 'delivery-1', replayKey: 'signed' });
      await database.enqueueRun(first, {}, T0);
      const other = await reopen();
      for (const dedupeKey of ['delivery-2', 'delivery-3', undefined]) {
        const again = await other.enqueueRun(newRun({ dedupeKey, replayKey: 'signed' }), {}, T0 + 99 * MINUTE);
        expect(again).toEqual({ type: 'duplicate', run: first.id });
      }
      expect((await database.countRuns()).queued).toBe(1);
    });

    it('is of one automation alone', async () => {
      const { database } = await open();
      await database.enqueueRun(newRun({ replayKey: 'signed' }), {}, T0);
      const other = newRun({ replayKey: 'signed', automation: 'other' });
      expect(await database.enqueueRun(other, {}, T0)).toEqual({ type: 'queued', run: other.id });
    });

    it('is not remembered when the queue was full', async () => {
      const { database } = await open();
      await database.enqueueRun(newRun(), {}, T0);
      const late = newRun({ dedupeKey: 'd', replayKey: 'signed', parts: parts('p') });
      expect(await database.enqueueRun(late, { limit: 1 }, T0)).toMatchObject({ type: 'full' });
      expect(await database.enqueueRun(late, {}, T0)).toEqual({ type: 'queued', run: late.id });
    });

    it('runs once when a thousand copies come at the same time', async () => {
      const { database } = await open();
      const answers = await Promise.all(
        Array.from({ length: 1000 }, (_, index) =>
          database.enqueueRun(newRun({ dedupeKey: `delivery-${index}`, replayKey: 'signed' }), {}, T0),
        ),
      );
      expect(answers.filter(({ type }) => type === 'queued')).toHaveLength(1);
      expect(answers.filter(({ type }) => type === 'duplicate')).toHaveLength(999);
    });
  });

  describe('a delivery of several events', () => {
    it('keeps only those that came in none before', async () => {
      const { database } = await open();
      const first = newRun({ parts: parts('a', 'b') });
      expect(await database.enqueueRun(first, {}, T0)).toEqual({ type: 'queued', run: first.id });
      expect(await database.getRunEvent(first.id)).toEqual(EVENT);
      const second = newRun({ parts: parts('b', 'c', 'a', 'd') });
      expect(await database.enqueueRun(second, {}, T0)).toEqual({ type: 'queued', run: second.id });
      expect(await database.getRunEvent(second.id)).toMatchObject({ body: 'left: 1,3' });
    });

    it('is a duplicate when none of them is new', async () => {
      const { database } = await open();
      const first = newRun({ parts: parts('a', 'b') });
      await database.enqueueRun(first, {}, T0);
      const again = newRun({ dedupeKey: 'another-batch', parts: parts('b', 'a') });
      expect(await database.enqueueRun(again, {}, T0)).toEqual({ type: 'duplicate', run: first.id });
    });

    it('counts events without a key as new, and one that stands in it twice once', async () => {
      const { database } = await open();
      await database.enqueueRun(newRun({ parts: parts('a') }), {}, T0);
      const second = newRun({ parts: parts('a', undefined, 'b', 'b') });
      await database.enqueueRun(second, {}, T0);
      expect(await database.getRunEvent(second.id)).toMatchObject({ body: 'left: 1,2' });
    });
  });

  describe('events that wait for quiet', () => {
    const coalesce = { key: 'deploy', quietMs: 10 * SECOND, maxMs: 25 * SECOND };
    const event = (body: string) => ({ ...EVENT, body });

    it('become one run with the latest of them, once nothing came for the quiet time', async () => {
      const { database, reopen } = await open();
      const first = newRun({ coalesce, event: event('1'), dedupeKey: 'd1' });
      expect(await database.enqueueRun(first, {}, T0)).toEqual({ type: 'queued', run: first.id });
      expect(await claimBy(database, 'a', T0 + 9 * SECOND)).toBeUndefined();
      const second = newRun({ coalesce, event: event('2'), dedupeKey: 'd2', replayKey: 'r2' });
      const joined = { type: 'queued', run: first.id, coalesced: true };
      expect(await database.enqueueRun(second, {}, T0 + 9 * SECOND)).toEqual(joined);
      expect(await database.getRun(second.id)).toBeUndefined();
      const restarted = await reopen();
      expect(await claimBy(restarted, 'a', T0 + 18 * SECOND)).toBeUndefined();
      const claim = await claimBy(restarted, 'a', T0 + 19 * SECOND);
      expect(claim?.run.id).toBe(first.id);
      expect(claim?.event?.body).toBe('2');
    });

    it('start at the latest when the longest time is over', async () => {
      const { database } = await open();
      const first = newRun({ coalesce });
      for (let at = 0; at <= 24; at += 8)
        await database.enqueueRun({ ...first, id: `${first.id}${at}` }, {}, T0 + at * SECOND);
      expect(await claimBy(database, 'a', T0 + 24.9 * SECOND)).toBeUndefined();
      expect((await claimBy(database, 'a', T0 + 25 * SECOND))?.run.id).toBe(`${first.id}0`);
    });

    it('are duplicates of that run when they come again, before and after it', async () => {
      const { database } = await open();
      const first = newRun({ coalesce, dedupeKey: 'd1' });
      await database.enqueueRun(first, {}, T0);
      await database.enqueueRun(
        newRun({ coalesce, dedupeKey: 'd2', replayKey: 'r2', dedupeUntil: T0 + MINUTE }),
        {},
        T0,
      );
      await claimBy(database, 'a', T0 + 20 * SECOND);
      for (const keys of [{ dedupeKey: 'd1' }, { dedupeKey: 'd2' }, { dedupeKey: 'd3', replayKey: 'r2' }]) {
        const again = await database.enqueueRun(newRun({ coalesce, ...keys }), {}, T0 + 21 * SECOND);
        expect(again).toEqual({ type: 'duplicate', run: first.id });
      }
      const expired = newRun({ coalesce, dedupeKey: 'd2' });
      expect(await database.enqueueRun(expired, {}, T0 + MINUTE)).toEqual({ type: 'queued', run: expired.id });
    });

    it('never change a run that has begun, even when it is handed back', async () => {
      const { database } = await open();
      const first = newRun({ coalesce, event: event('1') });
      await database.enqueueRun(first, {}, T0);
      const claim = await claimBy(database, 'a', T0 + MINUTE);
      const later = newRun({ coalesce, event: event('2') });
      expect(await database.enqueueRun(later, {}, T0 + MINUTE)).toEqual({ type: 'queued', run: later.id });
      await database.reclaimRun(
        {
          run: first.id,
          fence: claim?.run.fence ?? 0,
          policy: { retry: { attempts: 2, backoffSeconds: [] }, autoPauseAfter: 0 },
          alerts: () => [],
        },
        T0 + MINUTE,
      );
      expect((await database.getRun(first.id))?.status).toBe('queued');
      const third = newRun({ coalesce, event: event('3') });
      expect(await database.enqueueRun(third, {}, T0 + MINUTE)).toEqual({
        type: 'queued',
        run: later.id,
        coalesced: true,
      });
      expect((await database.getRunEvent(first.id))?.body).toBe('1');
      expect((await database.getRunEvent(later.id))?.body).toBe('3');
    });

    it('with other keys wait for themselves, and join even when the queue is full', async () => {
      const { database } = await open();
      await database.enqueueRun(newRun({ coalesce }), {}, T0);
      const other = newRun({ coalesce: { ...coalesce, key: 'other' } });
      expect(await database.enqueueRun(other, {}, T0)).toEqual({ type: 'queued', run: other.id });
      expect(await database.enqueueRun(newRun({ coalesce }), { limit: 2 }, T0)).toMatchObject({ coalesced: true });
      expect(await database.enqueueRun(newRun(), { limit: 2 }, T0)).toMatchObject({ type: 'full' });
    });
  });
}
