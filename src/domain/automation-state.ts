/** Switches and counters of one automation that live in the database and never in its file. Epoch ms. */
export interface AutomationState {
  readonly automation: string;
  readonly paused?: Pause;
  /** Next nominal cron instant; undefined when it has no schedule or never fires again. */
  readonly nextFire?: number;
  /** The instant up to which occurrences are accounted for: none at or before it is ever enqueued again. */
  readonly firedThrough?: number;
  readonly scheduleHash?: string;
  /** Since when that schedule is kept: its account of instants begins here. */
  readonly accountedFrom?: number;
  readonly lastSuccessStartedAt?: number;
  /** At most 2 KB of the last successful result, redacted. */
  readonly lastRunSummary?: string;
  readonly alert: AlertState;
  /** Grows with each `rotate`; the webhook id is derived from it. */
  readonly webhookGeneration: number;
  /** The generation before stays valid until then. */
  readonly webhookGraceUntil?: number;
}

export interface Pause {
  readonly at: number;
  readonly by: string;
  readonly reason: string;
  /** True when the runtime paused it after `autoPauseAfter` failures. */
  readonly automatic: boolean;
}

export interface AlertState {
  readonly consecutiveFailures: number;
  /** When the open incident's first failure happened. */
  readonly failingSince?: number;
  /** When an alert of this automation was last sent (not queued). */
  readonly lastAlertSentAt?: number;
  /** When an alert was queued that is neither sent nor dead yet. */
  readonly alertPendingSince?: number;
  /** True when the open incident has had an alert, so that a success owes a recovery note. */
  readonly incidentAlerted: boolean;
  /** True from the first run that the 30-day budget skipped (and people heard of) until one runs again. */
  readonly overBudget?: true;
}

export const NO_ALERTS: AlertState = { consecutiveFailures: 0, incidentAlerted: false };

export function newAutomationState(automation: string): AutomationState {
  return { automation, alert: NO_ALERTS, webhookGeneration: 1 };
}
