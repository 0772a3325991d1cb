import type { Budget } from './automation.ts';
import type { Usage } from './run.ts';
import type { Spend } from './usage.ts';

/** Fewer output tokens than this are not worth a call; also what the final turn of a spent budget may cost. */
export const MIN_OUTPUT_TOKENS = 256;

/** What a model call is about to cost, as far as it can be known before. */
export interface Estimate {
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
}

/** What a call has set aside until its real cost is known. */
export interface Reservation {
  readonly tokens: number;
  readonly usd: number;
}

export const NO_RESERVATION: Reservation = { tokens: 0, usd: 0 };

export type Reserved =
  | { readonly ok: true; readonly reservation: Reservation; readonly maxOutputTokens: number }
  | { readonly ok: false; readonly message: string };

/** Where a run stands: what is spent, and what calls that are under way have set aside. */
export interface Account {
  readonly spent: Spend;
  readonly reserved: Reservation;
  /** Calls that are paid already; the first one is only refused when nothing at all is left. */
  readonly calls: number;
  /** What is left of the automation's 30 days; undefined = no cap. */
  readonly rollingUsd?: number;
}

export type Price = (usage: Usage) => number | null;

/**
 * Sets aside what the next model call may cost, or refuses it: a call is made only while what is left pays for its
 * input and a short answer, and its answer is limited to what is left.
 */
export function reserve(budget: Budget, account: Account, estimate: Estimate, price: Price): Reserved {
  const tokens = leftOf(budget.perRunTokens, account.spent.usage.totalTokens + account.reserved.tokens);
  const runUsd = leftOf(budget.perRunUsd, (account.spent.costUsd ?? 0) + account.reserved.usd);
  const usd = Math.min(runUsd, account.rollingUsd ?? Number.POSITIVE_INFINITY);
  const isRolling = usd < runUsd;
  if (tokens <= 0) return { ok: false, message: spentMessage('tokens', budget.perRunTokens) };
  if (usd <= 0) return { ok: false, message: dollarsSpent(budget, isRolling) };
  const output = Math.min(estimate.maxOutputTokens, tokens - estimate.inputTokens, affordable(usd, estimate, price));
  if (output < 1 && account.calls > 0) {
    const isTokens = tokens - estimate.inputTokens < 1;
    return {
      ok: false,
      message: isTokens ? spentMessage('tokens', budget.perRunTokens) : dollarsSpent(budget, isRolling),
    };
  }
  const maxOutputTokens = Math.max(Math.floor(output), Math.min(MIN_OUTPUT_TOKENS, estimate.maxOutputTokens));
  return { ok: true, maxOutputTokens, reservation: reservationFor(estimate.inputTokens, maxOutputTokens, price) };
}

/** True when the file caps dollars, the model's price is unknown, and the file does not accept that. */
export function priceMissing(budget: Budget, price: Price): boolean {
  const isCapped = budget.perRunUsd !== undefined || budget.per30DaysUsd !== undefined;
  if (!isCapped || budget.priceUnknown === 'allow') return false;
  return price(usageOf(1000, 1000)) === null;
}

/** A sentence about an automation that has spent what its 30 days may cost. */
export function rollingSpentMessage(cap: number | undefined): string {
  return `the 30-day budget of this automation is spent: its cap is ${cap} US dollars ("budget.per30DaysUsd")`;
}

/** Four characters a token is near enough to set something aside; the provider's own count replaces it. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / 4);
}

function leftOf(cap: number | undefined, used: number): number {
  return cap === undefined ? Number.POSITIVE_INFINITY : cap - used;
}

function affordable(usd: number, estimate: Estimate, price: Price): number {
  const input = price(usageOf(estimate.inputTokens, 0));
  const thousand = price(usageOf(0, 1000));
  if (usd === Number.POSITIVE_INFINITY || input === null || !thousand) return Number.POSITIVE_INFINITY;
  return ((usd - input) / thousand) * 1000;
}

function reservationFor(inputTokens: number, outputTokens: number, price: Price): Reservation {
  const usage = usageOf(inputTokens, outputTokens);
  return { tokens: usage.totalTokens, usd: price(usage) ?? 0 };
}

function usageOf(inputTokens: number, outputTokens: number): Usage {
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

function dollarsSpent(budget: Budget, isRolling: boolean): string {
  return isRolling ? rollingSpentMessage(budget.per30DaysUsd) : spentMessage('US dollars', budget.perRunUsd);
}

function spentMessage(unit: string, cap: number | undefined): string {
  return `the budget of this run is spent: its cap is ${cap} ${unit}`;
}
