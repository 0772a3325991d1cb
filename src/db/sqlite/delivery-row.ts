import type { Delivery, DeliveryKind, DeliveryStatus } from '../../domain/delivery.ts';
import type { Connection } from './connection.ts';

/** A row of `deliveries` as SQLite gives it. */
export interface DeliveryRow {
  readonly seq: number;
  readonly id: string;
  readonly run: string;
  readonly automation: string;
  readonly kind: DeliveryKind;
  readonly target: string;
  readonly payload: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly next_attempt_at: number;
  readonly last_error: string | null;
  readonly last_status: number | null;
  readonly created_at: number;
  readonly delivered_at: number | null;
  readonly fence: number;
}

/** Index `deliveries_id`. */
export function findDelivery(connection: Connection, id: string): DeliveryRow | undefined {
  return connection.get<DeliveryRow>('SELECT * FROM deliveries WHERE id = ?', id);
}

/** The row while this fence is the one that sends it. */
export function findSending(connection: Connection, id: string, fence: number): DeliveryRow | undefined {
  const row = findDelivery(connection, id);
  return row?.status === 'sending' && row.fence === fence ? row : undefined;
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    run: row.run,
    automation: row.automation,
    kind: row.kind,
    target: JSON.parse(row.target),
    payload: JSON.parse(row.payload),
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at || row.created_at,
    lastError: row.last_error ?? undefined,
    lastStatus: row.last_status ?? undefined,
    createdAt: row.created_at,
    deliveredAt: row.delivered_at ?? undefined,
    fence: row.fence,
  };
}
