import { type AlertIntent, alertAfter, alertOverBudget } from './alert.ts';
import type { AlertPolicy, RetryPolicy } from './automation.ts';
import type { AutomationState } from './automation-state.ts';
import { retryAt } from './retry.ts';
import { isRehearsal, type Outcome, type Run, type RunReason, type RunStatus } from './run.ts';

/** What the file says about the end of a run; taken from the bundle that the run is pinned to. */
export interface SettlePolicy {
  readonly retry: RetryPolicy;
  readonly alert?: AlertPolicy;
  readonly autoPauseAfter: number;
}

/** The run's next state, and what else one transaction must write with it. */
export interface Settlement {
  readonly status: RunStatus;
  readonly reason?: RunReason;
  readonly error?: string;
  readonly availableAt?: number;
  /** True once the row will never change again. */
  readonly terminal: boolean;
  readonly state: AutomationState;
  readonly alert?: AlertIntent;
  /** Set when this end pauses the automation. */
  readonly autoPaused?: string;
}

/** At most this many starts that ended without a word, whatever `retry.attempts` says (SPEC §3.4). */
export const MAX_INTERRUPTIONS = 3;

/** A run that has sent a write is never handed on to be started again. */
const WRITTEN_AND_STOPPED: Outcome = {
  type: 'failed',
  reason: 'interrupted',
  error: 'the runtime was stopped after this run had sent a write',
  retryable: false,
};

/**
 * Decides what an outcome makes of a run. Pure: the caller persists the settlement, deliveries and alert state in one
 * transaction, and only if the fence still holds.
 */
export function settle(
  policy: SettlePolicy,
  run: Run,
  state: AutomationState,
  outcome: Outcome,
  now: number,
): Settlement {
  if (isRehearsal(run)) return settleRehearsal(policy, state, outcome, now);
  switch (outcome.type) {
    case 'handed_back':
      if (run.writesSent > 0) return settle(policy, run, state, WRITTEN_AND_STOPPED, now);
      return { status: 'queued', availableAt: now, terminal: false, state };
    case 'cancelled':
      return { status: 'cancelled', reason: 'cancelled', terminal: true, state };
    case 'skipped': {
      const { alert, intent } = alertOverBudget(policy.alert, state.alert, now);
      const { reason, error } = outcome;
      return { status: 'skipped', reason, error, terminal: true, state: { ...state, alert }, alert: intent };
    }
    case 'succeeded':
      return { status: 'succeeded', terminal: true, ...afterSuccess(policy, run, state, outcome.result, now) };
    case 'failed': {
      const at = retryAt(policy.retry, run, outcome, now);
      if (at !== undefined) {
        return {
          status: 'queued',
          reason: outcome.reason,
          error: outcome.error,
          availableAt: at,
          terminal: false,
          state,
        };
      }
      const end = { status: 'failed', reason: outcome.reason, error: outcome.error, terminal: true } as const;
      return { ...end, ...afterFailure(policy, state, now) };
    }
  }
}

/** What a replay that only shows comes to: nothing of it counts, `alert` is what people would have heard. */
function settleRehearsal(policy: SettlePolicy, state: AutomationState, outcome: Outcome, now: number): Settlement {
  const intentOf = (ending: 'success' | 'failure') => alertAfter(policy.alert, state.alert, ending, now).intent;
  switch (outcome.type) {
    case 'handed_back':
      return { status: 'queued', availableAt: now, terminal: false, state };
    case 'cancelled':
      return { status: 'cancelled', reason: 'cancelled', terminal: true, state };
    case 'skipped':
      return { status: 'skipped', reason: outcome.reason, error: outcome.error, terminal: true, state };
    case 'succeeded':
      return { status: 'succeeded', terminal: true, state, alert: intentOf('success') };
    case 'failed': {
      const { reason, error } = outcome;
      return { status: 'failed', reason, error, terminal: true, state, alert: intentOf('failure') };
    }
  }
}

const SUMMARY_BYTES = 2048;

function afterSuccess(policy: SettlePolicy, run: Run, state: AutomationState, result: string, now: number) {
  const { alert, intent } = alertAfter(policy.alert, state.alert, 'success', now);
  const next: AutomationState = {
    ...state,
    alert,
    lastSuccessStartedAt: run.startedAt ?? now,
    lastRunSummary: clipBytes(result, SUMMARY_BYTES),
  };
  return { state: next, alert: intent };
}

function afterFailure(policy: SettlePolicy, state: AutomationState, now: number) {
  const { alert, intent } = alertAfter(policy.alert, state.alert, 'failure', now);
  const failures = alert.consecutiveFailures;
  const pauses = policy.autoPauseAfter > 0 && failures >= policy.autoPauseAfter && !state.paused;
  if (!pauses) return { state: { ...state, alert }, alert: intent };
  const reason = `${failures} failures in a row`;
  const paused = { at: now, by: 'runtime', reason, automatic: true };
  return { state: { ...state, alert, paused }, alert: intent, autoPaused: reason };
}

/** Cuts on a character boundary so that the UTF-8 form is at most `bytes` long. */
export function clipBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const cut = Buffer.from(text).subarray(0, bytes);
  let end = cut.length;
  while (end > 0 && ((cut[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
  const lead = cut[end - 1] ?? 0;
  const width = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  const whole = end - 1 + width <= cut.length ? cut.length : end - 1;
  return cut.subarray(0, Math.max(0, whole)).toString('utf8');
}
