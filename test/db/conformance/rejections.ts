import { describe, expect, it } from 'vitest';
import { DEFAULT_REJECTION_BOUNDS } from '../../../src/domain/rejection.ts';
import { MINUTE, newRejection, type OpenStore, T0 } from '../world.ts';

export function describeRejections(open: OpenStore): void {
  describe('rejections', () => {
    it('are kept with their raw body, across a restart', async () => {
      const { database, reopen } = await open();
      const rejection = newRejection();
      expect(await database.keepRejection(rejection, T0)).toBe(rejection.id);
      const again = await reopen();
      const { fingerprint: _, body, ...rest } = rejection;
      expect(await again.getRejection(rejection.id)).toEqual({
        ...rest,
        lastAt: T0,
        copies: 1,
        hasBody: true,
        status: 'kept',
      });
      expect(await again.readRejectionBody(rejection.id)).toEqual(body);
      expect(await again.getRejection('rej_none')).toBeUndefined();
      expect(await again.readRejectionBody('rej_none')).toBeUndefined();
    });

    it('are one when the same request comes again, until it has run', async () => {
      const { database } = await open();
      const first = newRejection({ fingerprint: 'same' });
      await database.keepRejection(first, T0);
      expect(await database.keepRejection(newRejection({ fingerprint: 'same' }), T0 + MINUTE)).toBe(first.id);
      expect(await database.getRejection(first.id)).toMatchObject({ copies: 2, receivedAt: T0, lastAt: T0 + MINUTE });
      await database.settleRejection(first.id, { status: 'redelivered', outcome: 'ran', by: 'cli' }, T0);
      const third = newRejection({ fingerprint: 'same' });
      expect(await database.keepRejection(third, T0)).toBe(third.id);
    });

    it('say what their redelivery came to, with an audit row, and lose their body once they have run', async () => {
      const { database } = await open();
      const rejection = newRejection();
      await database.keepRejection(rejection, T0);
      const refused = { status: 'refused', outcome: 'signature_mismatch', by: 'cli' } as const;
      expect(await database.settleRejection(rejection.id, refused, T0)).toMatchObject({
        status: 'refused',
        hasBody: true,
      });
      const done = { status: 'redelivered', outcome: 'accepted', run: 'run_1', by: 'cli' } as const;
      expect(await database.settleRejection(rejection.id, done, T0)).toMatchObject({
        status: 'redelivered',
        outcome: 'accepted',
        run: 'run_1',
        hasBody: false,
      });
      expect(await database.readRejectionBody(rejection.id)).toBeUndefined();
      const audit = await database.listAudit({ limit: 10 });
      expect(audit.map(({ action, actor, details }) => [action, actor, details.status])).toEqual([
        ['webhook.redelivered', 'cli', 'refused'],
        ['webhook.redelivered', 'cli', 'redelivered'],
      ]);
      expect(await database.settleRejection('rej_none', done, T0)).toBeUndefined();
    });

    it('are listed newest first, by automation, state and time', async () => {
      const { database } = await open();
      const [a, b, c] = [
        newRejection({ receivedAt: T0 }),
        newRejection({ receivedAt: T0 + MINUTE, automation: 'other' }),
        newRejection({ receivedAt: T0 + 2 * MINUTE }),
      ];
      for (const one of [a, b, c]) await database.keepRejection(one, T0);
      await database.settleRejection(c.id, { status: 'redelivered', outcome: 'ran', by: 'cli' }, T0);
      const ids = async (filter: Parameters<typeof database.listRejections>[0]) =>
        (await database.listRejections(filter)).map(({ id }) => id);
      expect(await ids({ limit: 10 })).toEqual([c.id, b.id, a.id]);
      expect(await ids({ limit: 1 })).toEqual([c.id]);
      expect(await ids({ limit: 10, automation: 'digest' })).toEqual([c.id, a.id]);
      expect(await ids({ limit: 10, since: T0 + MINUTE })).toEqual([c.id, b.id]);
      expect(await ids({ limit: 10, status: 'kept', since: T0 + 1 })).toEqual([b.id]);
    });

    it('are bounded in number, bytes and age; noise never pushes out what had proved itself', async () => {
      const { database } = await open();
      const proved = newRejection({ isAuthentic: true, reason: 'paused' });
      await database.keepRejection(proved, T0);
      const noise = Array.from({ length: 6 }, () => newRejection());
      for (const one of noise) await database.keepRejection(one, T0);
      const left = async () => (await database.listRejections({ limit: 100 })).map(({ id }) => id);
      const bounds = { ...DEFAULT_REJECTION_BOUNDS, unproven: { rows: 4, bytes: 1000 } };
      expect(await database.pruneRejections(bounds, T0)).toBe(2);
      expect(await left()).toEqual([
        ...noise
          .slice(2)
          .map(({ id }) => id)
          .reverse(),
        proved.id,
      ]);
      await database.pruneRejections({ ...bounds, unproven: { rows: 4, bytes: 7 } }, T0);
      expect(await left()).toEqual([noise[5]?.id, noise[4]?.id, proved.id]);
      expect(await database.readRejectionBody(noise[3]?.id ?? '')).toBeUndefined();
      await database.pruneRejections(bounds, T0 + bounds.ageMs);
      expect(await left()).toHaveLength(3);
      await database.pruneRejections(bounds, T0 + bounds.ageMs + 1);
      expect(await left()).toEqual([]);
    });
  });
}
