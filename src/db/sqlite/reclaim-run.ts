import type { Faults } from '../../domain/ports/faults.ts';
import type { RunQueue } from '../../domain/ports/run-queue.ts';
import type { Run } from '../../domain/run.ts';
import { MAX_INTERRUPTIONS, type Settlement, settle } from '../../domain/settle.ts';
import { addSpend } from '../../domain/usage.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { interruptedOutcome } from './interrupted-outcome.ts';
import { findHeldRun, type RunRow, toRun } from './run-row.ts';
import { readState } from './state-row.ts';
import { startNumber } from './transcript.ts';
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
  const run = withLostSpend(connection, row);
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

interface LostSpend {
  readonly calls: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly totalTokens: number | null;
  readonly costUsd: number | null;
  readonly priced: number;
  readonly toolCalls: number;
  readonly refusals: number;
}

/** What the start that broke off has cost and called stands in its record alone (index `transcript_run`). */
function withLostSpend(connection: Connection, row: RunRow): Run {
  const run = toRun(row);
  const lost = connection.get<LostSpend>(
    `SELECT count(*) FILTER (WHERE type = 'usage') AS calls, count(*) FILTER (WHERE type = 'tool.call') AS toolCalls,
       count(*) FILTER (WHERE type = 'tool.refused') AS refusals, sum(content ->> 'inputTokens') AS inputTokens,
       sum(content ->> 'outputTokens') AS outputTokens, sum(content ->> 'totalTokens') AS totalTokens,
       sum(content ->> 'costUsd') AS costUsd, count(content ->> 'costUsd') AS priced
     FROM transcript WHERE run = ? AND attempt = ? AND type IN ('usage', 'tool.call', 'tool.refused') AND content ->> 'replayed' IS NULL`,
    row.seq,
    startNumber(row),
  );
  if (!lost || lost.calls === 0) return run;
  const { calls, inputTokens, outputTokens, totalTokens, costUsd, priced, toolCalls, refusals } = lost;
  const usage = {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    totalTokens: totalTokens ?? 0,
  };
  const spent = addSpend(
    { usage: run.usage, costUsd: run.costUsd },
    { usage, costUsd: priced === calls ? costUsd : null },
  );
  const counts = { toolCalls: run.toolCalls + toolCalls, refusals: run.refusals + refusals };
  return { ...run, ...spent, ...counts, steps: run.steps + calls };
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
