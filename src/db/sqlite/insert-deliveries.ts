import type { NewDelivery } from '../../domain/delivery.ts';
import type { Connection } from './connection.ts';

/** An outbox row to be, with the run that it belongs to. */
export type OwnedDelivery = NewDelivery & { readonly run: string; readonly automation: string };

/** Adds rows to the outbox, due at once. */
export function insertDeliveries(connection: Connection, deliveries: readonly OwnedDelivery[], now: number): void {
  for (const delivery of deliveries) {
    connection.run(
      `INSERT INTO deliveries (id, run, automation, kind, target, payload, status, created_at)
       VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)`,
      delivery.id,
      delivery.run,
      delivery.automation,
      delivery.kind,
      JSON.stringify(delivery.target),
      JSON.stringify(delivery.payload),
      now,
    );
  }
}
