import type { Event } from '../../domain/event.ts';
import type { Coalescing } from '../../domain/ports/run-queue.ts';
import type { Connection } from './connection.ts';
import { hashKey } from './insert-run.ts';
import { insertEvent } from './run-row.ts';

/** A run that nobody has begun and that still waits for quiet. */
export interface WaitingRun {
  readonly seq: number;
  readonly id: string;
  readonly coalesce_until: number;
}

/** The run of this key that still waits. Index `runs_coalescing`. */
export function findWaiting(connection: Connection, automation: string, key: string): WaitingRun | undefined {
  return connection.get<WaitingRun>(
    `SELECT seq, id, coalesce_until FROM runs INDEXED BY runs_coalescing
     WHERE coalesce_hash = ? AND status = 'queued' AND fence = 0`,
    coalesceHash(automation, key),
  );
}

/** The latest event wins; the run waits for quiet anew, though never longer than its first event allowed. */
export function replaceEvent(
  connection: Connection,
  waiting: WaitingRun,
  { event, startAt }: { readonly event: Event | undefined; readonly startAt: number },
): void {
  connection.run('DELETE FROM events WHERE run = ?', waiting.seq);
  if (event) insertEvent(connection, waiting.seq, event);
  const availableAt = Math.min(startAt, waiting.coalesce_until);
  connection.run('UPDATE runs SET available_at = ? WHERE seq = ?', Math.ceil(availableAt), waiting.seq);
}

/** Marks a run that was just queued as one that waits for quiet. */
export function markWaiting(
  connection: Connection,
  seq: number,
  { automation, coalesce, now }: { readonly automation: string; readonly coalesce: Coalescing; readonly now: number },
): void {
  connection.run(
    'UPDATE runs SET coalesce_hash = ?, coalesce_until = ? WHERE seq = ?',
    coalesceHash(automation, coalesce.key),
    Math.ceil(now + coalesce.maxMs),
    seq,
  );
}

function coalesceHash(automation: string, key: string): Uint8Array {
  return hashKey(automation, `coalesce\u0000${key}`);
}
