import type { RunQueue } from '../../domain/ports/run-queue.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';

export function createQueueLength(connection: Connection, { read }: GroupCommit): Pick<RunQueue, 'countRuns'> {
  return {
    countRuns: () => read(() => ({ queued: countQueued(connection), running: countRunning(connection) })),
  };
}

/** Index `runs_queued`. */
export function countQueued(connection: Connection): number {
  return connection.get<{ n: number }>("SELECT count(*) AS n FROM runs WHERE status = 'queued'")?.n ?? 0;
}

/** How many runs wait, counted again only after something was written. */
export interface QueueCount {
  isFull(limit: number): boolean;
  count(): number;
}

/** A full queue is asked about most often: each refusal would count thousands of rows that did not change. */
export function createQueueCount(connection: Connection): QueueCount {
  let counted: { readonly at: string; readonly count: number } | undefined;
  const count = () => {
    const at = versionOf(connection);
    if (counted?.at !== at) counted = { at, count: countQueued(connection) };
    return counted.count;
  };
  return { count, isFull: (limit) => mayBeFull(connection, limit) && count() >= limit };
}

/** Another one after each change of a row, by this connection or another. */
function versionOf(connection: Connection): string {
  const own = connection.get<{ n: number }>('SELECT total_changes() AS n')?.n;
  const others = connection.get<{ data_version: number }>('PRAGMA data_version')?.data_version;
  return `${own} ${others}`;
}

/** Whether the span of the waiting rows says that there may be too many, so that a short queue costs nothing. */
function mayBeFull(connection: Connection, limit: number): boolean {
  const most = connection.get<{ n: number | null }>(
    `SELECT (SELECT count(*) FROM runs WHERE status = 'queued' AND available_at > 0) + coalesce(
       (SELECT max(seq) FROM runs) + 1
         - (SELECT seq FROM runs WHERE status = 'queued' AND available_at = 0 ORDER BY seq LIMIT 1), 0) AS n`,
  );
  return (most?.n ?? 0) >= limit;
}

/** Index `runs_running`. */
function countRunning(connection: Connection): number {
  return connection.get<{ n: number }>("SELECT count(*) AS n FROM runs WHERE status = 'running'")?.n ?? 0;
}
