import type { NewAuditRecord } from '../../domain/audit.ts';
import type { Delivery } from '../../domain/delivery.ts';
import type { Outbox } from '../../domain/ports/outbox.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';
import { type DeliveryRow, findDelivery, toDelivery } from './delivery-row.ts';
import type { GroupCommit } from './group-commit.ts';
import { insertDeliveries, type OwnedDelivery } from './insert-deliveries.ts';
import { findRun } from './run-row.ts';
import { holdDelivery, settleDelivery } from './settle-delivery.ts';
import { insertEntries } from './transcript.ts';
import { queuedLine } from './write-settlement.ts';

type Claim = Parameters<Outbox['claimDeliveries']>[0];

export function createOutbox(connection: Connection, { write, read }: GroupCommit): Outbox {
  return {
    claimDeliveries: async (claim, now) => {
      if ((await read(() => findDue(connection, claim, now))).length === 0) return [];
      return write(() => claimDue(connection, claim, now), { after: 'outbox.claim' });
    },
    settleDelivery: (attempt, now) => write(() => settleDelivery(connection, attempt, now)),
    holdDelivery: (id, fence, reason, now) => write(() => holdDelivery(connection, { id, fence, reason }, now)),
    releaseDeliveries: (now) => write(() => release(connection, now)),
    addDeliveries: (deliveries, now) => write(() => add(connection, deliveries, now)),
    listDeliveries: (filter) => read(() => newestFirst(connection, filter).map(toDelivery)),
    redriveDelivery: (id, by, now) => write(() => redrive(connection, { id, by }, now)),
    nextDeliveryAt: () => read(() => nextAt(connection)),
  };
}

/** Index `deliveries_due`: pending rows whose time has come, and rows whose sender's lease is over. */
function findDue(connection: Connection, claim: Claim, now: number): readonly { readonly seq: number }[] {
  const due = "status IN ('pending', 'sending') AND next_attempt_at <= ?";
  if (claim.run === undefined) {
    return connection.all(
      `SELECT seq FROM deliveries INDEXED BY deliveries_due WHERE ${due} ORDER BY next_attempt_at, seq LIMIT ?`,
      now,
      claim.limit,
    );
  }
  return connection.all(
    `SELECT seq FROM deliveries INDEXED BY deliveries_run WHERE run = ? AND ${due} ORDER BY next_attempt_at, seq LIMIT ?`,
    claim.run,
    now,
    claim.limit,
  );
}

function claimDue(connection: Connection, claim: Claim, now: number): readonly Delivery[] {
  const claimed = findDue(connection, claim, now).flatMap(({ seq }) =>
    connection
      .all<DeliveryRow>(
        "UPDATE deliveries SET status = 'sending', fence = fence + 1, next_attempt_at = ? WHERE seq = ? RETURNING *",
        now + claim.leaseMs,
        seq,
      )
      .map(toDelivery),
  );
  for (const delivery of claimed) insertAudit(connection, intentOf(delivery), now);
  return claimed;
}

/** On record before the attempt is made. */
function intentOf({ id, automation, run, kind, target, attempts }: Delivery): NewAuditRecord {
  const details = { delivery: id, kind, target: target.type, attempt: attempts + 1 };
  return { action: 'delivery.intent', actor: 'runtime', automation, run, details };
}

/** Index `deliveries_status`. The old sender's fence is over as soon as the row is claimed again. */
function release(connection: Connection, now: number): void {
  connection.run(
    "UPDATE deliveries SET next_attempt_at = ? WHERE status = 'sending' AND next_attempt_at > ?",
    now,
    now,
  );
}

function add(connection: Connection, deliveries: readonly OwnedDelivery[], now: number): void {
  insertDeliveries(connection, deliveries, now);
  for (const delivery of deliveries) {
    const row = findRun(connection, delivery.run);
    if (row) insertEntries(connection, row, [queuedLine(delivery)], now);
  }
}

/** By rowid, or by index `deliveries_run`, `deliveries_automation` or `deliveries_status`, as the planner finds. */
function newestFirst(connection: Connection, filter: Parameters<Outbox['listDeliveries']>[0]): readonly DeliveryRow[] {
  const given = (['run', 'automation', 'status', 'kind'] as const).flatMap((column) => {
    const value = filter[column];
    return value === undefined ? [] : [{ column, value }];
  });
  const where = given.length === 0 ? '' : `WHERE ${given.map(({ column }) => `${column} = ?`).join(' AND ')}`;
  const values = given.map(({ value }) => value);
  return connection.all(`SELECT * FROM deliveries ${where} ORDER BY seq DESC LIMIT ?`, ...values, filter.limit);
}

function redrive(
  connection: Connection,
  { id, by }: { readonly id: string; readonly by: string },
  now: number,
): Delivery | undefined {
  const row = findDelivery(connection, id);
  if (!row || (row.status !== 'dead' && row.status !== 'held')) return undefined;
  connection.run("UPDATE deliveries SET status = 'pending', next_attempt_at = 0, attempts = 0 WHERE seq = ?", row.seq);
  const details = { delivery: id, was: row.status, attempts: row.attempts };
  const { run, automation } = row;
  insertAudit(connection, { action: 'delivery.redriven', actor: by, automation, run, details }, now);
  return toDelivery({ ...row, status: 'pending', next_attempt_at: 0, attempts: 0 });
}

/** Index `deliveries_due`. */
function nextAt(connection: Connection): number | undefined {
  const next = connection.get<DeliveryRow>(
    `SELECT next_attempt_at, created_at FROM deliveries INDEXED BY deliveries_due
     WHERE status IN ('pending', 'sending') ORDER BY next_attempt_at, seq LIMIT 1`,
  );
  return next && (next.next_attempt_at || next.created_at);
}
