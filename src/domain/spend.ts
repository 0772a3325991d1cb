/** The window of `budget.per30DaysUsd`. */
export const ROLLING_DAYS = 30;

export const ROLLING_MS = ROLLING_DAYS * 86_400_000;

/** What spend is summed up by. A day is one of UTC, `2026-01-05`. */
export type SpendKey = 'automation' | 'model' | 'day';

/** What model calls came to, all those of one key together. */
export interface SpendRow {
  readonly key: string;
  readonly runs: number;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The known costs together. */
  readonly costUsd: number;
  /** Calls of a model whose price is not known; their cost is in no sum. */
  readonly callsOfUnknownPrice: number;
}

/** The dollars of a window together. */
export function totalSpent(spent: readonly Spent[]): number {
  return spent.reduce((sum, { usd }) => sum + usd, 0);
}

/** Dollars that were spent at a time (epoch ms), or, for several together, up to it. */
export interface Spent {
  readonly at: number;
  readonly usd: number;
}
