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
  /** Whether there is no room for one more; counts that one when there is. */
  isFull(limit: number): boolean;
  count(): number;
}

/** A full queue is asked about most often: each refusal would count thousands of rows that did not change. */
export function createQueueCount(connection: Connection, { commits }: Pick<GroupCommit, 'commits'>): QueueCount {
  let counted: { readonly at: string; readonly count: number } | undefined;
  let bound: { readonly commit: number; readonly most: number } | undefined;
  const count = () => {
    const at = versionOf(connection);
    if (counted?.at !== at) counted = { at, count: countQueued(connection) };
    return counted.count;
  };
  /** Within one transaction nobody else adds a row. */
  const most = () => (bound?.commit === commits() ? bound.most : mostQueued(connection));
  const isFull = (limit: number) => {
    const found = most();
    const waiting = found < limit ? found : count();
    bound = { commit: commits(), most: waiting + 1 };
    return waiting >= limit;
  };
  return { count, isFull };
}

/** Another one after each change of a row, by this connection or another. */
function versionOf(connection: Connection): string {
  const own = connection.get<{ n: number }>('SELECT total_changes() AS n')?.n;
  const others = connection.get<{ data_version: number }>('PRAGMA data_version')?.data_version;
  return `${own} ${others}`;
}

/** As many as the span of the waiting rows has room for: a bound that costs the same however many wait. */
function mostQueued(connection: Connection): number {
  const most = connection.get<{ n: number | null }>(
    `SELECT (SELECT count(*) FROM runs WHERE status = 'queued' AND available_at > 0) + coalesce(
       (SELECT max(seq) FROM runs) + 1
         - (SELECT seq FROM runs WHERE status = 'queued' AND available_at = 0 ORDER BY seq LIMIT 1), 0) AS n`,
  );
  return most?.n ?? 0;
}

/** Index `runs_running`. */
function countRunning(connection: Connection): number {
  return connection.get<{ n: number }>("SELECT count(*) AS n FROM runs WHERE status = 'running'")?.n ?? 0;
}
