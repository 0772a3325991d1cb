import type { RunQueue } from '../../domain/ports/database.ts';
import type { Faults } from '../../domain/ports/faults.ts';
import type { Run } from '../../domain/run.ts';
import { MAX_INTERRUPTIONS, type Settlement, settle } from '../../domain/settle.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { interruptedOutcome } from './interrupted-outcome.ts';
import { findHeldRun, type RunRow, toRun } from './run-row.ts';
import { readState } from './state-row.ts';
import { writeSettlement } from './write-settlement.ts';
import { readWrites } from './writes.ts';

const POINTS = { before: 'result.before-commit', after: 'result.after-commit' } as const;

type Reclaim = Parameters<RunQueue['reclaimRun']>[0];

export function createReclaiming(
  connection: Connection,
  { write }: GroupCommit,
  options: { readonly faults: Faults },
): Pick<RunQueue, 'reclaimRun'> {
  return {
    reclaimRun: (reclaim, now) =>
      write(() => {
        const row = findHeldRun(connection, reclaim.run, reclaim.fence);
        return row && reclaimHeld(connection, row, { reclaim, now, faults: options.faults });
      }, POINTS),
  };
}

interface Reclaiming {
  readonly reclaim: Reclaim;
  readonly now: number;
  readonly faults: Faults;
}

function reclaimHeld(connection: Connection, row: RunRow, { reclaim, now, faults }: Reclaiming): Settlement {
  const run = toRun(row);
  const settlement = decide(connection, run, { policy: reclaim.policy, now });
  writeSettlement(connection, row, {
    run,
    settlement,
    result: undefined,
    deliveries: [],
    alerts: reclaim.alerts,
    transcript: [],
    now,
    faults,
  });
  return settlement;
}

function decide(
  connection: Connection,
  run: Run,
  { policy, now }: { readonly policy: Reclaim['policy']; readonly now: number },
): Settlement {
  const state = readState(connection, run.automation);
  const wrote = run.writesSent > 0;
  if (run.cancelRequested && !wrote) return settle(policy, run, state, { type: 'cancelled' }, now);
  if (!wrote && run.interruptions < MAX_INTERRUPTIONS) {
    const error = `its process ended while it ran (start ${run.interruptions} of ${MAX_INTERRUPTIONS} at most)`;
    return { status: 'queued', reason: 'interrupted', error, availableAt: now, terminal: false, state };
  }
  return settle(policy, run, state, interruptedOutcome(run, readWrites(connection, run.id)), now);
}
