import type { RunReason, RunStatus } from '../../domain/run.ts';
import type { Connection } from './connection.ts';
import type { RunRow } from './run-row.ts';
import { insertEntries } from './transcript.ts';

export interface RunEnd {
  readonly status: Extract<RunStatus, 'cancelled' | 'skipped'>;
  readonly reason: RunReason;
}

/** Ends a run that is waiting in the queue: no worker holds it, so nobody has to be asked. */
export function endQueuedRun(connection: Connection, row: RunRow, end: RunEnd, now: number): void {
  connection.run(
    "UPDATE runs SET status = ?, reason = ?, error = NULL, finished_at = ? WHERE seq = ? AND status = 'queued'",
    end.status,
    end.reason,
    now,
    row.seq,
  );
  insertEntries(connection, row, [{ type: 'session.status_closed', content: { ...end } }], now);
}
