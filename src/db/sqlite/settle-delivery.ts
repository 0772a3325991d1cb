import { alertDead, alertSent } from '../../domain/alert.ts';
import type { Outbox } from '../../domain/ports/outbox.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';
import { type DeliveryRow, findSending } from './delivery-row.ts';
import { readState, saveState } from './state-row.ts';

type Attempt = Parameters<Outbox['settleDelivery']>[0];

/** Records one attempt and moves the alert state with it; false when another sender took the row over. */
export function settleDelivery(connection: Connection, attempt: Attempt, now: number): boolean {
  const row = findSending(connection, attempt.id, attempt.fence);
  if (!row) return false;
  if (attempt.result.ok) markDelivered(connection, row.seq, { attempt, now });
  else markFailed(connection, row.seq, { attempt, error: attempt.result.error });
  insertAudit(connection, attempt.audit, now);
  if (row.kind !== 'alert') return true;
  if (attempt.result.ok) moveAlert(connection, row, (state) => alertSent(state, now));
  else if (attempt.nextAttemptAt === undefined) giveUpAlert(connection, row);
  return true;
}

/** Puts a row aside until somebody redrives it; false when another sender took it over. */
export function holdDelivery(
  connection: Connection,
  { id, fence, reason }: { readonly id: string; readonly fence: number; readonly reason: string },
  now: number,
): boolean {
  const row = findSending(connection, id, fence);
  if (!row) return false;
  connection.run(
    "UPDATE deliveries SET status = 'held', last_error = ?, next_attempt_at = ? WHERE seq = ?",
    reason,
    now,
    row.seq,
  );
  if (row.kind === 'alert') giveUpAlert(connection, row);
  return true;
}

interface Marking {
  readonly attempt: Attempt;
  readonly now: number;
}

function markDelivered(connection: Connection, seq: number, { attempt, now }: Marking): void {
  connection.run(
    `UPDATE deliveries SET status = 'delivered', attempts = attempts + 1, delivered_at = ?, last_error = NULL,
       last_status = ? WHERE seq = ?`,
    now,
    attempt.result.httpStatus ?? null,
    seq,
  );
}

function markFailed(
  connection: Connection,
  seq: number,
  { attempt, error }: { readonly attempt: Attempt; readonly error: string },
): void {
  connection.run(
    `UPDATE deliveries SET status = ?, attempts = attempts + 1, next_attempt_at = coalesce(?, next_attempt_at),
       last_error = ?, last_status = ? WHERE seq = ?`,
    attempt.nextAttemptAt === undefined ? 'dead' : 'pending',
    attempt.nextAttemptAt === undefined ? null : Math.ceil(attempt.nextAttemptAt),
    error,
    attempt.result.httpStatus ?? null,
    seq,
  );
}

/** Nobody was told only when no other row of an alert is still on its way. */
function giveUpAlert(connection: Connection, row: DeliveryRow): void {
  const other = connection.get(
    `SELECT 1 FROM deliveries WHERE automation = ? AND status IN ('pending', 'sending') AND kind = 'alert' AND seq <> ?`,
    row.automation,
    row.seq,
  );
  if (other === undefined) moveAlert(connection, row, alertDead);
}

function moveAlert(connection: Connection, row: DeliveryRow, move: typeof alertDead): void {
  const state = readState(connection, row.automation);
  saveState(connection, { ...state, alert: move(state.alert) });
}
