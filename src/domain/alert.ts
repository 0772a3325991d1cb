import type { AlertPolicy } from './automation.ts';
import type { AlertState } from './automation-state.ts';

/** What the courier has to tell people: that it fails, or that it is over. */
export interface AlertIntent {
  readonly kind: 'alert' | 'recovery';
  readonly consecutiveFailures: number;
  readonly since: number;
}

/**
 * Counts one finished run and says whether people must hear of it: an alert after `after` consecutive failures, at
 * most once per cooldown (which starts when an alert is sent), one recovery note per alerted incident. The caller
 * reports a sent alert with `alertSent`, a dead one with `alertDead`.
 */
export function alertAfter(
  policy: AlertPolicy | undefined,
  state: AlertState,
  ending: 'success' | 'failure',
  now: number,
): { readonly alert: AlertState; readonly intent?: AlertIntent } {
  if (ending === 'success') return afterSuccess(policy, state, now);
  const { overBudget: _, ...incident } = state;
  const consecutiveFailures = state.consecutiveFailures + 1;
  const failingSince = state.failingSince ?? now;
  const counted: AlertState = { ...incident, consecutiveFailures, failingSince };
  if (!policy || consecutiveFailures < policy.after || isQuiet(policy, state, now)) return { alert: counted };
  const alert = { ...counted, alertPendingSince: now, incidentAlerted: true };
  return { alert, intent: { kind: 'alert', consecutiveFailures, since: failingSince } };
}

/**
 * Tells of the first run that the 30-day budget skipped; the next ones are quiet until a run begins again. No cooldown
 * keeps it back, and it is no failure.
 */
export function alertOverBudget(
  policy: AlertPolicy | undefined,
  state: AlertState,
  now: number,
): { readonly alert: AlertState; readonly intent?: AlertIntent } {
  if (!policy?.include.includes('budget') || state.overBudget) return { alert: state };
  const { consecutiveFailures, failingSince = now } = state;
  const intent = { kind: 'alert', consecutiveFailures, since: failingSince } as const;
  return { alert: { ...state, overBudget: true }, intent };
}

/** The cooldown begins now. */
export function alertSent(state: AlertState, now: number): AlertState {
  const { alertPendingSince: _, ...rest } = state;
  return { ...rest, lastAlertSentAt: now };
}

/** Nobody was told: the next failure may alert again. */
export function alertDead(state: AlertState): AlertState {
  const { alertPendingSince: _, ...rest } = state;
  return rest;
}

function afterSuccess(policy: AlertPolicy | undefined, state: AlertState, now: number) {
  const { lastAlertSentAt, alertPendingSince } = state;
  const alert: AlertState = { consecutiveFailures: 0, incidentAlerted: false, lastAlertSentAt, alertPendingSince };
  if (!policy?.recovery || !state.incidentAlerted) return { alert };
  const { consecutiveFailures, failingSince } = state;
  return { alert, intent: { kind: 'recovery' as const, consecutiveFailures, since: failingSince ?? now } };
}

function isQuiet(policy: AlertPolicy, state: AlertState, now: number): boolean {
  if (state.alertPendingSince !== undefined) return true;
  return state.lastAlertSentAt !== undefined && now - state.lastAlertSentAt < policy.cooldownMinutes * 60_000;
}
