import type { RunQueue } from '../../domain/ports/run-queue.ts';
import { toClaimed } from './claim-run.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { findRun, type RunRow, readEvent, toRun } from './run-row.ts';

type Reads = Pick<RunQueue, 'getRun' | 'getRunEvent' | 'listRuns' | 'listOccurrences' | 'listLostRuns'>;

export function createRunReads(connection: Connection, { read }: GroupCommit): Reads {
  return {
    getRun: (id) =>
      read(() => {
        const row = findRun(connection, id);
        return row && toRun(row);
      }),
    getRunEvent: (id) =>
      read(() => {
        const row = findRun(connection, id);
        return row && readEvent(connection, row.seq);
      }),
    listRuns: (filter) => read(() => newestFirst(connection, filter).map(toRun)),
    listOccurrences: (automation, from, to) =>
      read(() => inInstantOrder(connection, automation, { from, to }).map(toRun)),
    listLostRuns: (filter, now) =>
      read(() => lostRuns(connection, filter.notOwner, now).map((row) => toClaimed(connection, row))),
  };
}

/** By rowid, or by index `runs_automation`. */
function newestFirst(connection: Connection, filter: Parameters<RunQueue['listRuns']>[0]): readonly RunRow[] {
  const { automation, before, limit } = filter;
  const until = before === undefined ? Number.MAX_SAFE_INTEGER : (findRun(connection, before)?.seq ?? 0);
  if (automation === undefined) {
    return connection.all('SELECT * FROM runs WHERE seq < ? ORDER BY seq DESC LIMIT ?', until, limit);
  }
  return connection.all(
    'SELECT * FROM runs INDEXED BY runs_automation WHERE automation = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
    automation,
    until,
    limit,
  );
}

/** Index `runs_instant`; a range counts when any of it lies in the window. */
function inInstantOrder(
  connection: Connection,
  automation: string,
  window: { readonly from: number; readonly to: number },
): readonly RunRow[] {
  return connection.all(
    `SELECT * FROM runs WHERE automation = ? AND instant IS NOT NULL AND instant <= ?
       AND (instant >= ? OR instant_to >= ?) ORDER BY instant`,
    automation,
    window.to,
    window.from,
    window.from,
  );
}

/** Index `runs_running`. */
function lostRuns(connection: Connection, notOwner: string | undefined, now: number): readonly RunRow[] {
  if (notOwner === undefined) {
    return connection.all(
      "SELECT * FROM runs INDEXED BY runs_running WHERE status = 'running' AND lease_until <= ? ORDER BY seq",
      now,
    );
  }
  return connection.all(
    "SELECT * FROM runs INDEXED BY runs_running WHERE status = 'running' AND lease_owner <> ? ORDER BY seq",
    notOwner,
  );
}
