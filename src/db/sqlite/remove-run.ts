import type { Connection } from './connection.ts';

/** Bytes of a text that cost as much as a row. */
const PAGE_BYTES = 4096;

/** What every run has besides its lines: its own row, its event and their entries in the indexes. */
const ROWS_OF_RUN = 3;

/** A run that has ended, and whether something still needs it. */
export interface EndedRun {
  readonly seq: number;
  readonly id: string;
  readonly automation: string;
  readonly finished_at: number;
  readonly instant: number | null;
  readonly instant_to: number | null;
  readonly dedupe_hash: Uint8Array | null;
  readonly dedupe_until: number | null;
  readonly is_needed: number;
}

/** Removes a run and all that hangs on it but its transcript; says how many rows that were. */
export function removeRun(connection: Connection, run: EndedRun, now: number): number {
  keepKeys(connection, run, now);
  const removed =
    connection.run('DELETE FROM deliveries WHERE run = ?', run.id).changes +
    connection.run('DELETE FROM writes WHERE run = ?', run.id).changes;
  connection.run('DELETE FROM events WHERE run = ?', run.seq);
  removeTurn(connection, run.seq);
  connection.run('DELETE FROM runs WHERE seq = ?', run.seq);
  connection.run('INSERT INTO pruned_runs (seq) VALUES (?)', run.seq);
  return removed + ROWS_OF_RUN;
}

/** The same event is a duplicate as long as its keys count, whether its run is still there or not. Index `event_keys_run`. */
function keepKeys(connection: Connection, run: EndedRun, now: number): void {
  connection.run('UPDATE event_keys SET pruned_run = ? WHERE run = ?', run.id, run.seq);
  if (run.dedupe_hash === null || (run.dedupe_until !== null && run.dedupe_until <= now)) return;
  connection.run(
    `INSERT INTO event_keys (hash, run, until, pruned_run) VALUES (?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET run = excluded.run, until = excluded.until, pruned_run = excluded.pruned_run`,
    run.dedupe_hash,
    run.seq,
    run.dedupe_until,
    run.id,
  );
}

/** With the last turn of a conversation that is over, the conversation goes. Index `turns_conversation`. */
function removeTurn(connection: Connection, run: number): void {
  const turn = connection.get<{ conversation: number }>('SELECT conversation FROM turns WHERE run = ?', run);
  if (!turn) return;
  connection.run('DELETE FROM turns WHERE run = ?', run);
  connection.run(
    'DELETE FROM conversations WHERE seq = ? AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation = conversations.seq)',
    turn.conversation,
  );
}

/** Keys of removed runs whose time is over; says how many. Index `event_keys_pruned`. */
export function removeExpiredKeys(connection: Connection, limit: number, now: number): number {
  return connection.run(
    `DELETE FROM event_keys WHERE seq IN (SELECT seq FROM event_keys INDEXED BY event_keys_pruned
       WHERE pruned_run IS NOT NULL AND until <= ? ORDER BY until LIMIT ?)`,
    now,
    limit,
  ).changes;
}

/** What model calls cost before a time; says how many. Index `spend_at`. */
export function removeSpend(connection: Connection, before: number, limit: number): number {
  return connection.run(
    `DELETE FROM spend WHERE seq IN
       (SELECT seq FROM spend INDEXED BY spend_at WHERE at < ? ORDER BY at LIMIT ?)`,
    before,
    Math.max(0, limit),
  ).changes;
}

/** Goes on with the transcripts of runs that went; says what that cost, in rows. */
export function removeLinesOfPruned(connection: Connection, limit: number): number {
  let left = limit;
  while (left > 0) {
    const pruned = connection.get<{ seq: number }>('SELECT seq FROM pruned_runs ORDER BY seq LIMIT 1');
    if (!pruned) break;
    left -= removeLines(connection, pruned.seq, left);
  }
  return limit - left;
}

/** Removes as many lines of a removed run's transcript as `limit` allows, at least one. Index `transcript_run`. */
export function removeLines(connection: Connection, run: number, limit: number): number {
  const most = Math.max(1, limit);
  const lines = connection.all<{ seq: number; bytes: number }>(
    'SELECT seq, octet_length(content) AS bytes FROM transcript WHERE run = ? ORDER BY seq LIMIT ?',
    run,
    most,
  );
  let cost = 0;
  let last: number | undefined;
  for (const { seq, bytes } of lines) {
    if (cost >= most) break;
    cost += 1 + Math.floor(bytes / PAGE_BYTES);
    last = seq;
  }
  if (last !== undefined) connection.run('DELETE FROM transcript WHERE run = ? AND seq <= ?', run, last);
  const isRest = lines.length === most || last !== lines.at(-1)?.seq;
  if (!isRest) connection.run('DELETE FROM pruned_runs WHERE seq = ?', run);
  return cost;
}
