import { hash } from 'node:crypto';
import type { NewRun } from '../../domain/ports/run-queue.ts';
import type { Run, RunReason } from '../../domain/run.ts';
import type { Connection } from './connection.ts';
import { endQueuedRun } from './end-run.ts';
import { insertEvent, type RunRow } from './run-row.ts';

/** Replays that only show are in nobody's way. */
const FOR_REAL = "coalesce(replay_mode, 'live') = 'live'";

/** A row to be: an occurrence with what its overlap policy, pause or schedule made of it. */
export interface RunToInsert extends Omit<NewRun, 'overlap'> {
  /** `hashKey` of its dedupe key. */
  readonly dedupeHash?: Uint8Array;
  readonly status: Extract<Run['status'], 'queued' | 'skipped' | 'missed'>;
  readonly reason?: RunReason;
  readonly instant?: number;
  readonly instantTo?: number;
  readonly instantCount?: number;
}

/** Adds a run; undefined, and nothing written, when its dedupe key or its instant has a row already. */
export function insertRun(connection: Connection, run: RunToInsert, now: number): number | undefined {
  const { changes, lastInsertRowid } = connection.run(
    `INSERT INTO runs (id, automation, trigger, status, reason, instant, instant_to, instant_count, dedupe_key,
       dedupe_hash, dedupe_until, available_at, created_at, finished_at, max_active, requested_by, replay_of, replay_mode)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (dedupe_hash) WHERE dedupe_hash IS NOT NULL DO NOTHING
     ON CONFLICT (automation, instant) WHERE instant IS NOT NULL DO NOTHING`,
    run.id,
    run.automation,
    run.trigger,
    run.status,
    run.reason ?? null,
    run.instant ?? null,
    run.instantTo ?? null,
    run.instantCount ?? 1,
    run.dedupeKey ?? null,
    run.dedupeHash ?? null,
    run.dedupeUntil ?? null,
    // What waits for nothing must not depend on a wall clock that may be set back.
    run.availableAt === undefined || run.availableAt <= now ? 0 : Math.ceil(run.availableAt),
    now,
    run.status === 'queued' ? null : now,
    run.maxActive,
    run.requestedBy,
    run.replayOf ?? null,
    run.replayOf === undefined ? null : (run.replayMode ?? 'live'),
  );
  if (changes === 0) return undefined;
  if (run.event) insertEvent(connection, lastInsertRowid, run.event);
  return lastInsertRowid;
}

/** What stands in the unique index for (automation, key). */
export function hashKey(automation: string, key: string): Uint8Array {
  return hash('sha256', `${automation}\u0000${key}`, 'buffer').subarray(0, 16);
}

/**
 * Asks the automation's active runs what becomes of one more: `skip` gives way to them, `cancel` takes their place
 * (the queued ones end, the running ones are asked to). True when the new run may be queued.
 */
export function makeWay(connection: Connection, run: Pick<NewRun, 'automation' | 'overlap'>, now: number): boolean {
  switch (run.overlap) {
    case 'queue':
    case 'parallel':
      return true;
    case 'skip':
      return !hasActiveRun(connection, run.automation);
    case 'cancel':
      cancelActiveRuns(connection, run.automation, now);
      return true;
  }
}

/** Indexes `runs_waiting`, `runs_running`. */
function hasActiveRun(connection: Connection, automation: string): boolean {
  const found = connection.get<{ active: number }>(
    `SELECT EXISTS (SELECT 1 FROM runs WHERE automation = ? AND status = 'queued' AND ${FOR_REAL})
         OR EXISTS (SELECT 1 FROM runs WHERE automation = ? AND status = 'running' AND ${FOR_REAL}) AS active`,
    automation,
    automation,
  );
  return found?.active === 1;
}

function cancelActiveRuns(connection: Connection, automation: string, now: number): void {
  connection.run(
    `UPDATE runs SET cancel_requested = 1 WHERE automation = ? AND status = 'running' AND ${FOR_REAL}`,
    automation,
  );
  const queued = connection.all<RunRow>(
    `SELECT * FROM runs WHERE automation = ? AND status = 'queued' AND ${FOR_REAL}`,
    automation,
  );
  for (const row of queued) endQueuedRun(connection, row, { status: 'cancelled', reason: 'overlap' }, now);
}
