import type { PrunedThrough, Retained } from '../../domain/ports/retained.ts';
import { ROLLING_MS } from '../../domain/spend.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';
import {
  type EndedRun,
  removeExpiredKeys,
  removeLines,
  removeLinesOfPruned,
  removeRun,
  removeSpend,
} from './remove-run.ts';

/** Rows, and pages of long texts, that one step removes: a few milliseconds of work. */
const ROWS_AT_ONCE = 500;

const BEGINNING: PrunedThrough = { endedAt: Number.MIN_SAFE_INTEGER, row: 0 };

type Step = Parameters<Retained['pruneRuns']>[0];

/** One step, in the caller's transaction. */
export function pruneRuns(connection: Connection, step: Step, now: number): Awaited<ReturnType<Retained['pruneRuns']>> {
  const before = Math.floor(step.before);
  let left = ROWS_AT_ONCE - removeExpiredKeys(connection, ROWS_AT_ONCE, now);
  // Budgets look back as far as this, however short runs are kept.
  left -= removeSpend(connection, Math.min(before, now - ROLLING_MS), left);
  left -= removeLinesOfPruned(connection, left);
  const { after = BEGINNING } = step;
  const found = left > 0 ? findEnded(connection, { ...step, before, after }, now) : [];
  const gone: EndedRun[] = [];
  let through = after;
  connection.run('INSERT INTO pruning (id, runs_before, audit_through) VALUES (1, ?, 0)', before);
  for (const run of found) {
    if (left <= 0) break;
    through = { endedAt: run.finished_at, row: run.seq };
    if (run.is_needed) continue;
    left -= removeRun(connection, run, now);
    left -= removeLines(connection, run.seq, left);
    gone.push(run);
  }
  connection.run('DELETE FROM pruning');
  if (gone.length > 0) account(connection, gone, { before, now });
  const isDone = left > 0 && found.length < step.limit;
  return { runs: gone.length, ...(!isDone && { next: through }) };
}

/**
 * Index `runs_ended`; what needs a run, by the indexes `deliveries_run`, `runs_replaying` and the rowids of turns. The
 * newest row of all stays, so that its number is never given again.
 */
function findEnded(
  connection: Connection,
  { before, after, limit }: Step & { readonly after: PrunedThrough },
  now: number,
): readonly EndedRun[] {
  return connection.all<EndedRun>(
    `SELECT seq, id, automation, finished_at, instant, instant_to, dedupe_hash, dedupe_until,
       seq = (SELECT max(seq) FROM runs)
       OR EXISTS (SELECT 1 FROM deliveries WHERE run = runs.id AND status IN ('pending', 'sending', 'held'))
       OR EXISTS (SELECT 1 FROM turns JOIN conversations ON conversations.seq = turns.conversation
            WHERE turns.run = runs.seq AND expires_at > ?)
       OR EXISTS (SELECT 1 FROM runs AS mine INDEXED BY runs_replaying
            WHERE mine.replay_of = runs.id AND mine.status IN ('queued', 'running')) AS is_needed
     FROM runs INDEXED BY runs_ended
     WHERE finished_at < ? AND (finished_at, seq) > (?, ?) ORDER BY finished_at, seq LIMIT ?`,
    now,
    before,
    after.endedAt,
    after.row,
    limit,
  );
}

/** Of a schedule whose instants went, the account begins after them: they are no gaps. */
function account(
  connection: Connection,
  gone: readonly EndedRun[],
  { before, now }: { readonly before: number; readonly now: number },
): void {
  const begins = new Map<string, number>();
  for (const { automation, instant, instant_to: last } of gone) {
    if (instant !== null) begins.set(automation, Math.max(begins.get(automation) ?? 0, (last ?? instant) + 1));
  }
  for (const [automation, from] of begins) {
    connection.run(
      `UPDATE automations SET accounted_from = max(coalesce(accounted_from, 0), ?)
       WHERE automation = ? AND schedule_hash IS NOT NULL`,
      from,
      automation,
    );
  }
  const details = { runs: gone.length, endedBefore: new Date(before).toISOString() };
  insertAudit(connection, { action: 'runs.pruned', actor: 'runtime', details }, now);
}
