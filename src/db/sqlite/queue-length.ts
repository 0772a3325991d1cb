import type { RunQueue } from '../../domain/ports/database.ts';
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

/** Counts only when the span of the waiting rows says that there may be too many, so that a short queue costs nothing. */
export function isQueueFull(connection: Connection, limit: number): boolean {
  const most = connection.get<{ n: number | null }>(
    `SELECT (SELECT count(*) FROM runs WHERE status = 'queued' AND available_at > 0) + coalesce(
       (SELECT max(seq) FROM runs) + 1
         - (SELECT seq FROM runs WHERE status = 'queued' AND available_at = 0 ORDER BY seq LIMIT 1), 0) AS n`,
  );
  return (most?.n ?? 0) >= limit && countQueued(connection) >= limit;
}

/** Index `runs_running`. */
function countRunning(connection: Connection): number {
  return connection.get<{ n: number }>("SELECT count(*) AS n FROM runs WHERE status = 'running'")?.n ?? 0;
}
