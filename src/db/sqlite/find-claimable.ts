import type { Connection } from './connection.ts';

/** How far the queue is looked through in order before asking automation by automation. */
const LOOKAHEAD = 64;

/**
 * Room for one more run of the automation (replays that only show take none); paused automations keep what waits, except what a person asked for; the
 * turns of a conversation are answered in order.
 */
const CLAIMABLE = `
  (SELECT count(*) FROM runs AS active WHERE active.status = 'running' AND active.automation = waiting.automation
     AND coalesce(active.replay_mode, 'live') = 'live') < waiting.max_active
  AND NOT (waiting.trigger IN ('cron', 'webhook') AND EXISTS
    (SELECT 1 FROM automations WHERE automations.automation = waiting.automation AND paused IS NOT NULL))
  AND NOT EXISTS
    (SELECT 1 FROM turns AS mine
       JOIN turns AS earlier ON earlier.conversation = mine.conversation AND earlier.run < mine.run
       JOIN runs AS active ON active.seq = earlier.run
     WHERE mine.run = waiting.seq AND active.status IN ('queued', 'running'))`;

interface Found {
  readonly seq: number;
}

/** The row (rowid) of the oldest run that may be claimed now, or of the one that is named. */
export function findClaimable(connection: Connection, run: string | undefined, now: number): number | undefined {
  if (run !== undefined) return findNamed(connection, run, now);
  const fresh = findInOrder(connection);
  const later = findDueLater(connection, now);
  const found = [fresh, later].flatMap((one) => (one ? [one.seq] : []));
  if (found.length > 0) return Math.min(...found);
  return findByAutomation(connection, now);
}

/** Index `runs_id`. */
function findNamed(connection: Connection, run: string, now: number): number | undefined {
  const found = connection.get<Found>(
    `SELECT seq FROM runs AS waiting WHERE id = ? AND status = 'queued' AND available_at <= ? AND ${CLAIMABLE}`,
    run,
    now,
  );
  return found?.seq;
}

/** Index `runs_queued`: almost always one of the first is claimable. */
function findInOrder(connection: Connection): Found | undefined {
  return connection.get<Found>(
    `SELECT seq FROM (SELECT seq, automation, max_active, trigger FROM runs INDEXED BY runs_queued
       WHERE status = 'queued' AND available_at = 0 ORDER BY seq LIMIT ${LOOKAHEAD}) AS waiting
     WHERE ${CLAIMABLE} ORDER BY seq LIMIT 1`,
  );
}

/** Index `runs_queued`: retries and delayed runs whose time has come. */
function findDueLater(connection: Connection, now: number): Found | undefined {
  return connection.get<Found>(
    `SELECT seq FROM runs AS waiting INDEXED BY runs_queued
     WHERE status = 'queued' AND available_at > 0 AND available_at <= ? AND ${CLAIMABLE} ORDER BY seq LIMIT 1`,
    now,
  );
}

/** When thousands of one automation wait for their turn, the others' first ones stand behind them. */
function findByAutomation(connection: Connection, now: number): number | undefined {
  const found = waitingAutomations(connection)
    .filter((automation) => hasRoom(connection, automation))
    .flatMap((automation) => firstOf(connection, automation, now));
  return found.length === 0 ? undefined : Math.min(...found);
}

/** Index `runs_waiting`, from one name to the next. */
function waitingAutomations(connection: Connection): readonly string[] {
  const rows = connection.all<{ automation: string | null }>(
    `WITH RECURSIVE names (automation) AS (
       SELECT min(automation) FROM runs WHERE status = 'queued'
       UNION ALL
       SELECT (SELECT min(automation) FROM runs WHERE status = 'queued' AND runs.automation > names.automation)
       FROM names WHERE automation IS NOT NULL)
     SELECT automation FROM names`,
  );
  return rows.flatMap(({ automation }) => (automation === null ? [] : [automation]));
}

/** Indexes `runs_waiting`, `runs_running`. */
function hasRoom(connection: Connection, automation: string): boolean {
  const found = connection.get<{ room: number }>(
    `SELECT max_active > (SELECT count(*) FROM runs WHERE status = 'running' AND automation = waiting.automation
       AND coalesce(replay_mode, 'live') = 'live') AS room
     FROM runs AS waiting WHERE status = 'queued' AND automation = ? ORDER BY seq LIMIT 1`,
    automation,
  );
  return found?.room === 1;
}

/** Index `runs_waiting`. */
function firstOf(connection: Connection, automation: string, now: number): readonly number[] {
  const found = connection.get<Found>(
    `SELECT seq FROM runs AS waiting INDEXED BY runs_waiting
     WHERE status = 'queued' AND automation = ? AND available_at <= ? AND ${CLAIMABLE} ORDER BY seq LIMIT 1`,
    automation,
    now,
  );
  return found ? [found.seq] : [];
}
