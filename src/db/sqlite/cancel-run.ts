import type { RunQueue } from '../../domain/ports/run-queue.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';
import { endQueuedRun } from './end-run.ts';
import type { GroupCommit } from './group-commit.ts';
import { findRun } from './run-row.ts';

type CancelAnswer = Awaited<ReturnType<RunQueue['requestCancel']>>;

export function createCancel(connection: Connection, { write }: GroupCommit): Pick<RunQueue, 'requestCancel'> {
  return { requestCancel: (run, by, now) => write(() => cancel(connection, { run, by }, now)) };
}

function cancel(
  connection: Connection,
  { run, by }: { readonly run: string; readonly by: string },
  now: number,
): CancelAnswer {
  const row = findRun(connection, run);
  if (!row) return 'unknown';
  if (row.status !== 'queued' && row.status !== 'running') return 'ended';
  const details = { status: row.status };
  insertAudit(connection, { action: 'run.cancelled', actor: by, automation: row.automation, run, details }, now);
  if (row.status === 'queued') {
    endQueuedRun(connection, row, { status: 'cancelled', reason: 'cancelled' }, now);
    return 'cancelled';
  }
  connection.run('UPDATE runs SET cancel_requested = 1 WHERE seq = ?', row.seq);
  return 'requested';
}
