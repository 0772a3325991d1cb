import { describe, expect, it } from 'vitest';
import type { Database } from '../../../src/domain/ports/database.ts';
import { audit, BROKEN, claimed, DONE, ending, MINUTE, NO_RETRY, newDelivery, type OpenStore, T0 } from '../world.ts';

const LEASE = { limit: 10, leaseMs: 30_000 };
const OK = { ok: true, httpStatus: 204 } as const;
const REFUSED = { ok: false, retryable: true, error: '503', httpStatus: 503 } as const;

async function withDeliveries(database: Database, count: number): Promise<readonly string[]> {
  const held = await claimed(database);
  const deliveries = Array.from({ length: count }, () => newDelivery(held.run.id));
  await database.settleRun(ending(held, DONE, { deliveries }), T0);
  return deliveries.map(({ id }) => id);
}

async function withAlert(database: Database, rows: number): Promise<void> {
  const held = await claimed(database);
  const alerts = () => Array.from({ length: rows }, () => newDelivery(held.run.id, { kind: 'alert' }));
  await database.settleRun(ending(held, BROKEN, { policy: NO_RETRY, alerts }), T0);
}

export function describeOutbox(open: OpenStore): void {
  describe('the outbox', () => {
    it('gives each due row to one sender under a lease, and again when that sender died', async () => {
      const { database, reopen } = await open();
      const ids = await withDeliveries(database, 3);
      expect(await database.nextDeliveryAt()).toBe(T0);
      const two = await database.claimDeliveries({ ...LEASE, limit: 2 }, T0);
      expect(two.map(({ id, status, fence }) => [id, status, fence])).toEqual([
        [ids[0], 'sending', 1],
        [ids[1], 'sending', 1],
      ]);
      const other = await reopen();
      expect((await other.claimDeliveries(LEASE, T0)).map(({ id }) => id)).toEqual([ids[2]]);
      expect(await other.claimDeliveries(LEASE, T0)).toEqual([]);
      expect(await database.nextDeliveryAt()).toBe(T0 + 30_000);
      const again = await other.claimDeliveries(LEASE, T0 + 30_000);
      expect(again.map(({ id, fence }) => [id, fence])).toEqual(ids.map((id) => [id, 2]));
      const late = { id: ids[0] ?? '', fence: 1, result: OK, audit: audit() };
      expect(await database.settleDelivery(late, T0)).toBe(false);
      // One record before each attempt, and none of what came too late.
      const trail = await database.listAudit({ limit: 10 });
      expect(trail.map(({ action, details }) => [action, details.delivery])).toEqual(
        [...ids, ...ids].map((id) => ['delivery.intent', id]),
      );
    });

    it('claims those of one run only when asked', async () => {
      const { database } = await open();
      await withDeliveries(database, 1);
      const held = await claimed(database);
      const mine = newDelivery(held.run.id);
      await database.settleRun(ending(held, DONE, { deliveries: [mine] }), T0);
      const rows = await database.claimDeliveries({ ...LEASE, run: held.run.id }, T0);
      expect(rows).toMatchObject([{ id: mine.id, target: mine.target, payload: mine.payload }]);
    });

    it('records a delivered, a repeated and a dead attempt', async () => {
      const { database } = await open();
      const [a = '', b = '', c = ''] = await withDeliveries(database, 3);
      await database.claimDeliveries(LEASE, T0);
      const settle = (id: string, rest: object) =>
        database.settleDelivery({ id, fence: 1, result: OK, audit: audit(), ...rest }, T0 + 5);
      expect(await settle(a, {})).toBe(true);
      expect(await settle(b, { result: REFUSED, nextAttemptAt: T0 + MINUTE })).toBe(true);
      expect(await settle(c, { result: { ...REFUSED, httpStatus: 404 } })).toBe(true);
      expect(await settle(a, {})).toBe(false);
      const rows = await database.listDeliveries({ limit: 10 });
      expect(rows).toMatchObject([
        { id: c, status: 'dead', attempts: 1, lastStatus: 404, lastError: '503' },
        { id: b, status: 'pending', attempts: 1, nextAttemptAt: T0 + MINUTE, lastStatus: 503 },
        { id: a, status: 'delivered', attempts: 1, deliveredAt: T0 + 5, lastStatus: 204 },
      ]);
      expect(await database.claimDeliveries(LEASE, T0 + MINUTE - 1)).toEqual([]);
      expect(await database.claimDeliveries(LEASE, T0 + MINUTE)).toMatchObject([{ id: b, attempts: 1, fence: 2 }]);
      const attempts = (await database.listAudit({ limit: 10 })).filter(({ action }) => action === 'delivery.attempt');
      expect(attempts).toHaveLength(3);
      expect(await database.listDeliveries({ status: 'dead', automation: 'digest', limit: 5 })).toHaveLength(1);
      expect(await database.listDeliveries({ status: 'dead', automation: 'other', limit: 5 })).toEqual([]);
    });

    it('takes dead and held rows back with the same id, and only those', async () => {
      const { database } = await open();
      const [dead = '', held = '', done = ''] = await withDeliveries(database, 3);
      await database.claimDeliveries(LEASE, T0);
      await database.settleDelivery({ id: dead, fence: 1, result: REFUSED, audit: audit() }, T0);
      expect(await database.holdDelivery(held, 1, 'its target is gone', T0)).toBe(true);
      expect(await database.holdDelivery(held, 1, 'its target is gone', T0)).toBe(false);
      await database.settleDelivery({ id: done, fence: 1, result: OK, audit: audit() }, T0);
      expect(await database.claimDeliveries(LEASE, T0 + 60 * MINUTE)).toEqual([]);
      expect(await database.listDeliveries({ status: 'held', limit: 5 })).toMatchObject([
        { id: held, lastError: 'its target is gone' },
      ]);
      expect(await database.redriveDelivery(dead, 'cli', T0)).toMatchObject({
        id: dead,
        status: 'pending',
        attempts: 0,
      });
      expect(await database.redriveDelivery(held, 'cli', T0)).toMatchObject({ id: held, status: 'pending' });
      expect(await database.redriveDelivery(done, 'cli', T0)).toBeUndefined();
      expect(await database.redriveDelivery('dlv_unknown', 'cli', T0)).toBeUndefined();
      expect((await database.claimDeliveries(LEASE, T0)).map(({ id }) => id)).toEqual([dead, held]);
      const trail = await database.listAudit({ limit: 20 });
      const last = trail.findLast(({ action }) => action !== 'delivery.intent');
      expect(last).toMatchObject({ action: 'delivery.redriven', actor: 'cli', details: { delivery: held } });
    });

    it('takes rows that belong to no end of a run', async () => {
      const { database } = await open();
      const { run } = await claimed(database);
      const row = newDelivery(run.id, { kind: 'alert' });
      await database.addDeliveries([{ ...row, run: run.id, automation: 'digest' }], T0);
      expect(await database.listDeliveries({ kind: 'alert', limit: 5 })).toMatchObject([{ id: row.id, run: run.id }]);
      const lines = await database.readTranscript(run.id, 1, 5);
      expect(lines).toMatchObject([{ type: 'alert.queued', content: { delivery: row.id } }]);
    });
  });

  describe('the alert state', () => {
    it('starts the cooldown when the first of an alert’s rows is sent', async () => {
      const { database } = await open();
      await withAlert(database, 2);
      const [first, second] = await database.claimDeliveries(LEASE, T0);
      expect((await database.getAutomationState('digest')).alert).toMatchObject({ alertPendingSince: T0 });
      await database.settleDelivery({ id: first!.id, fence: 1, result: OK, audit: audit() }, T0 + 7);
      const sent = (await database.getAutomationState('digest')).alert;
      expect(sent).toMatchObject({ lastAlertSentAt: T0 + 7, incidentAlerted: true });
      expect(sent.alertPendingSince).toBeUndefined();
      await database.settleDelivery({ id: second!.id, fence: 1, result: REFUSED, audit: audit() }, T0 + 8);
      expect((await database.getAutomationState('digest')).alert).toEqual(sent);
    });

    it('is free for the next alert once every row of this one is dead or held', async () => {
      const { database } = await open();
      await withAlert(database, 2);
      const [first, second] = await database.claimDeliveries(LEASE, T0);
      await database.settleDelivery({ id: first!.id, fence: 1, result: REFUSED, audit: audit() }, T0);
      expect((await database.getAutomationState('digest')).alert.alertPendingSince).toBe(T0);
      await database.holdDelivery(second!.id, 1, 'gone', T0);
      const { alert } = await database.getAutomationState('digest');
      expect([alert.alertPendingSince, alert.lastAlertSentAt]).toEqual([undefined, undefined]);
    });
  });
}
