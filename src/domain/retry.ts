import type { RetryPolicy } from './automation.ts';
import type { Outcome, Run } from './run.ts';

type Failure = Extract<Outcome, { type: 'failed' }>;

/** Provider answers that may be different next time (SPEC §3.4); undefined = no answer at all (network). */
const RETRYABLE_HTTP = new Set([408, 425, 429, 529]);

export function isRetryableHttp(status: number | undefined): boolean {
  return status === undefined || RETRYABLE_HTTP.has(status) || status >= 500;
}

/**
 * When a failed attempt may be repeated, or undefined when it must not be: only failures that say so, only when no
 * write left the process, and only within `policy.attempts` (the first attempt included).
 */
export function retryAt(policy: RetryPolicy, run: Run, failure: Failure, now: number): number | undefined {
  if (!failure.retryable || run.writesSent > 0 || run.attempt >= policy.attempts) return undefined;
  const backoff = policy.backoffSeconds.at(Math.min(run.attempt, policy.backoffSeconds.length) - 1) ?? 0;
  return now + backoff * 1000;
}
