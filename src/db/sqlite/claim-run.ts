import type { ClaimedRun, RunQueue } from '../../domain/ports/run-queue.ts';
import type { Provenance } from '../../domain/run.ts';
import type { Connection } from './connection.ts';
import { findClaimable } from './find-claimable.ts';
import type { GroupCommit } from './group-commit.ts';
import { findHeldRun, findRun, type RunRow, readEvent, toRun } from './run-row.ts';
import { readState } from './state-row.ts';
import { insertEntries } from './transcript.ts';

type Claim = Parameters<RunQueue['claimRun']>[0];

export function createClaim(
  connection: Connection,
  { write, read }: GroupCommit,
): Pick<RunQueue, 'claimRun' | 'startRun' | 'heartbeatRun'> {
  return {
    claimRun: async (claim, now) => {
      // An idle worker asks often: it looks first, without taking the write lock.
      if ((await read(() => findClaimable(connection, claim.run, now))) === undefined) return undefined;
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
  const seq = findClaimable(connection, claim.run, now);
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
