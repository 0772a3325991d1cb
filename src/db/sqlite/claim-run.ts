import type { ClaimedRun, RunQueue } from '../../domain/ports/database.ts';
import type { Provenance } from '../../domain/run.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { findHeldRun, findRun, type RunRow, readEvent, toRun } from './run-row.ts';
import { readState } from './state-row.ts';
import { insertEntries } from './transcript.ts';

type Claim = Parameters<RunQueue['claimRun']>[0];

/** Room for one more run of the automation; paused automations keep what waits, except what a person asks for. */
const CLAIMABLE = `
  (SELECT count(*) FROM runs AS active WHERE active.status = 'running' AND active.automation = runs.automation) < max_active
  AND NOT (trigger IN ('cron', 'webhook') AND EXISTS
    (SELECT 1 FROM automations WHERE automations.automation = runs.automation AND paused IS NOT NULL))`;

const WAITING = "SELECT seq FROM runs INDEXED BY runs_queued WHERE status = 'queued'";

export function createClaim(
  connection: Connection,
  { write, read }: GroupCommit,
): Pick<RunQueue, 'claimRun' | 'startRun' | 'heartbeatRun'> {
  return {
    claimRun: async (claim, now) => {
      // An idle worker asks often: it looks first, without taking the write lock.
      if ((await read(() => findClaimable(connection, claim, now))) === undefined) return undefined;
      return write(() => claimOldest(connection, claim, now), { after: 'claim' });
    },
    startRun: (run, fence, provenance, now) => write(() => start(connection, { run, fence, provenance }, now)),
    heartbeatRun: (run, fence, leaseMs, now) => write(() => heartbeat(connection, { run, fence }, now + leaseMs)),
  };
}

/** A run as its worker gets it: with what started it and the automation's state now. */
export function toClaimed(connection: Connection, row: RunRow): ClaimedRun {
  return { run: toRun(row), event: readEvent(connection, row.seq), state: readState(connection, row.automation) };
}

function claimOldest(connection: Connection, claim: Claim, now: number): ClaimedRun | undefined {
  const seq = findClaimable(connection, claim, now);
  if (seq === undefined) return undefined;
  const row = connection.get<RunRow>(
    `UPDATE runs SET status = 'running', fence = fence + 1, interruptions = interruptions + 1, started_at = ?,
       lease_owner = ?, lease_until = ?
     WHERE seq = ? RETURNING *`,
    now,
    claim.owner,
    now + claim.leaseMs,
    seq,
  );
  return row && toClaimed(connection, row);
}

function findClaimable(connection: Connection, claim: Claim, now: number): number | undefined {
  if (claim.run !== undefined) return findThisRun(connection, claim.run, now);
  const fresh = connection.get<{ seq: number }>(
    `${WAITING} AND available_at = 0 AND ${CLAIMABLE} ORDER BY seq LIMIT 1`,
  );
  const later = connection.get<{ seq: number }>(
    `${WAITING} AND available_at > 0 AND available_at <= ? AND ${CLAIMABLE} ORDER BY available_at, seq LIMIT 1`,
    now,
  );
  if (!fresh || !later) return (fresh ?? later)?.seq;
  return Math.min(fresh.seq, later.seq);
}

/** Index `runs_id`. */
function findThisRun(connection: Connection, run: string, now: number): number | undefined {
  return connection.get<{ seq: number }>(
    `SELECT seq FROM runs WHERE id = ? AND status = 'queued' AND available_at <= ? AND ${CLAIMABLE}`,
    run,
    now,
  )?.seq;
}

function start(
  connection: Connection,
  { run, fence, provenance }: { readonly run: string; readonly fence: number; readonly provenance: Provenance },
  now: number,
): boolean {
  const row = findHeldRun(connection, run, fence);
  if (!row) return false;
  connection.run('UPDATE runs SET provenance = ? WHERE seq = ?', JSON.stringify(provenance), row.seq);
  insertEntries(connection, row, [{ type: 'run.started', content: { ...provenance } }], now);
  return true;
}

function heartbeat(
  connection: Connection,
  { run, fence }: { readonly run: string; readonly fence: number },
  leaseUntil: number,
): { readonly held: boolean; readonly cancelRequested: boolean } {
  const { changes } = connection.run(
    "UPDATE runs SET lease_until = ? WHERE id = ? AND fence = ? AND status = 'running'",
    leaseUntil,
    run,
    fence,
  );
  return { held: changes === 1, cancelRequested: findRun(connection, run)?.cancel_requested === 1 };
}
