import type { Delivery } from '../../domain/delivery.ts';
import type { Faults } from '../../domain/ports/faults.ts';
import type { RunQueue, SettleRun } from '../../domain/ports/run-queue.ts';
import type { Outcome, Run } from '../../domain/run.ts';
import { type Settlement, settle } from '../../domain/settle.ts';
import type { NewTranscriptEntry } from '../../domain/transcript.ts';
import { addSpend } from '../../domain/usage.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { interruptedOutcome } from './interrupted-outcome.ts';
import { findHeldRun, type RunRow, toRun } from './run-row.ts';
import { readState } from './state-row.ts';
import { writeSettlement } from './write-settlement.ts';
import { readWrites } from './writes.ts';

const POINTS = { before: 'result.before-commit', after: 'result.after-commit' } as const;

export function createSettling(
  connection: Connection,
  { write }: GroupCommit,
  options: { readonly faults: Faults },
): Pick<RunQueue, 'settleRun'> {
  return {
    settleRun: (end, now) =>
      write(() => {
        const row = findHeldRun(connection, end.run, end.fence);
        return row && settleHeld(connection, row, { end, now, faults: options.faults });
      }, POINTS),
  };
}

interface Settling {
  readonly end: SettleRun;
  readonly now: number;
  readonly faults: Faults;
}

function settleHeld(connection: Connection, row: RunRow, { end, now, faults }: Settling): Settlement {
  const run = afterAttempt(toRun(row), end);
  const state = readState(connection, run.automation);
  const { outcome, settlement } = decide(connection, run, {
    end,
    settleAs: (outcome) => settle(end.policy, run, state, outcome, now),
  });
  writeSettlement(connection, row, {
    run,
    settlement,
    result: resultOf(outcome),
    deliveries: settlement.terminal && resultOf(outcome) !== undefined ? end.deliveries : [],
    alerts: end.alerts,
    transcript: end.transcript.filter(isLineOfTheSession),
    now,
    faults,
  });
  return settlement;
}

/** What `claimRun` counted as an interruption was none: it was an attempt, or nothing at all when handed back. */
function afterAttempt(run: Run, { outcome, figures }: SettleRun): Run {
  const spend = addSpend(
    { usage: run.usage, costUsd: run.costUsd },
    { usage: figures.usage, costUsd: figures.costUsd },
  );
  return {
    ...run,
    ...spend,
    interruptions: run.interruptions - 1,
    attempt: run.attempt + (outcome.type === 'handed_back' || outcome.type === 'skipped' ? 0 : 1),
    steps: run.steps + figures.steps,
    toolCalls: run.toolCalls + figures.toolCalls,
    refusals: run.refusals + figures.refusals,
    writesSent: Math.max(run.writesSent, figures.writesSent),
  };
}

/**
 * A run that somebody wants cancelled is not queued again, whatever its attempt came to; nor is one that has sent a
 * write, when it is handed back.
 */
function decide(connection: Connection, run: Run, { end, settleAs }: Deciding) {
  const settlement = settleAs(end.outcome);
  if (settlement.terminal) return { outcome: end.outcome, settlement };
  if (run.writesSent === 0 && !run.cancelRequested) return { outcome: end.outcome, settlement };
  const outcome: Outcome =
    run.writesSent > 0 ? interruptedOutcome(run, readWrites(connection, run.id)) : { type: 'cancelled' };
  return { outcome, settlement: settleAs(outcome) };
}

interface Deciding {
  readonly end: SettleRun;
  readonly settleAs: (outcome: Outcome) => Settlement;
}

/** What goes out to the targets: the answer, or as much of it as there was. */
function resultOf(outcome: Outcome): Delivery['payload']['result'] {
  if (outcome.type === 'succeeded') return outcome.result;
  return outcome.type === 'failed' ? outcome.partial : undefined;
}

/** The lines about the decision are the database's own, because only it knows the decision. */
function isLineOfTheSession({ type }: NewTranscriptEntry): boolean {
  return type !== 'session.status_closed' && type !== 'run.retry';
}
