import type { Outcome, Run } from '../../domain/run.ts';
import type { RecordedWrite } from './writes.ts';

/** The end of a run that stopped in the middle and is not started again, with the exact list of its writes. */
export function interruptedOutcome(run: Run, writes: readonly RecordedWrite[]): Outcome {
  const error =
    run.writesSent > 0
      ? `its process ended after writes were sent, so it is not repeated: ${describe(writes)}`
      : `its process ended ${run.interruptions} times while it ran`;
  return { type: 'failed', reason: 'interrupted', error, retryable: false };
}

/** The exact list, by what became of each. */
function describe(writes: readonly RecordedWrite[]): string {
  const groups = [
    ['applied', 'applied'],
    ['not applied', 'not_applied'],
    ['unknown', 'unknown'],
  ] as const;
  return groups
    .map(([label, result]) => {
      const calls = writes.filter((one) => (one.outcome?.result ?? 'unknown') === result);
      return `${label}: ${calls.map(({ operation, call }) => `${operation} (${call})`).join(', ') || 'none'}`;
    })
    .join('; ');
}
