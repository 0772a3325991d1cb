import { NO_USAGE, type Usage } from './run.ts';

/** Tokens and dollars together; a null cost means that some price is unknown. */
export interface Spend {
  readonly usage: Usage;
  readonly costUsd: number | null;
}

export const NO_SPEND: Spend = { usage: NO_USAGE, costUsd: 0 };

/** Both together. A cost that is unknown in one part is unknown in the sum, never counted as free. */
export function addSpend(a: Spend, b: Spend): Spend {
  return { usage: addUsage(a.usage, b.usage), costUsd: addCost(a.costUsd, b.costUsd) };
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
  };
}

function addCost(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
