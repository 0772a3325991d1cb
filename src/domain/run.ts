import type { TriggerType } from './automation.ts';

/** `run_` and a time-ordered UUID. */
export type RunId = string;

export type RunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'skipped' | 'missed';

/** Why a run did not succeed, or why an instant was skipped. */
export type RunReason =
  | 'timeout'
  | 'max_steps'
  | 'budget'
  | 'output_limit'
  | 'model_error'
  | 'model_refusal'
  | 'content_filter'
  | 'empty_answer'
  | 'tool_error'
  | 'template_error'
  | 'blocked_config'
  | 'interrupted'
  | 'lease_lost'
  | 'outcome_unmet'
  | 'paused'
  | 'overlap'
  | 'policy'
  | 'withdrawn'
  | 'cancelled';

export const TERMINAL_STATUSES: readonly RunStatus[] = ['succeeded', 'failed', 'cancelled', 'skipped', 'missed'];

export function isTerminal(status: RunStatus): boolean {
  return TERMINAL_STATUSES.includes(status);
}

/** Tokens; `null` cost means that a price is unknown, never that it was free. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
}

export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

/** What a run ran from. */
export interface Provenance {
  /** Full Git commit, or null outside a repository. */
  readonly commit: string | null;
  readonly dirty: boolean;
  /** SHA-256 of the automation's file. */
  readonly fileHash: string;
  readonly bundleHash: string;
}

/** One occurrence and what became of it. All times are epoch milliseconds. */
export interface Run {
  readonly id: RunId;
  readonly automation: string;
  readonly trigger: TriggerType | 'replay';
  readonly status: RunStatus;
  readonly reason?: RunReason;
  /** A sentence for people, redacted. */
  readonly error?: string;
  /** The nominal cron instant. */
  readonly instant?: number;
  /** The last instant of a range of `skipped` or `missed` ones that share this row, and how many they are. */
  readonly instantTo?: number;
  readonly instantCount: number;
  readonly dedupeKey?: string;
  /** Epoch ms before which a queued run is not claimed (retry back-off). */
  readonly availableAt: number;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** Attempts begun that count against `retry.attempts`. */
  readonly attempt: number;
  /** Starts that ended without a word (crash, kill); counted apart. */
  readonly interruptions: number;
  readonly fence: number;
  readonly leaseOwner?: string;
  readonly leaseUntil?: number;
  /** Most runs of this automation at once, fixed when it was queued. */
  readonly maxActive: number;
  readonly cancelRequested: boolean;
  readonly provenance?: Provenance;
  /** The final text, whole. */
  readonly result?: string;
  readonly usage: Usage;
  readonly costUsd: number | null;
  readonly steps: number;
  readonly toolCalls: number;
  readonly refusals: number;
  readonly writesSent: number;
  /** Who asked, e.g. `cli`, `api`, `webhook`, `schedule`. */
  readonly requestedBy?: string;
  readonly replayOf?: RunId;
  /** How it repeats `replayOf`; undefined when it repeats nothing. */
  readonly replayMode?: ReplayMode;
}

/**
 * `live` runs the old prompt for real; `safe` only reads, `offline` uses the old run's recorded traffic alone: both show
 * writes, deliveries and alerts instead of sending them.
 */
export type ReplayMode = 'live' | 'safe' | 'offline';

/** Whether nothing of the run goes out and nothing of it counts: it only shows what would have happened. */
export function isRehearsal({ replayMode }: Pick<Run, 'replayMode'>): boolean {
  return replayMode === 'safe' || replayMode === 'offline';
}

/** What a session came to; `settle` turns it into the run's next state. */
export type Outcome =
  | {
      readonly type: 'succeeded';
      readonly result: string;
      readonly data?: Readonly<Record<string, unknown>>;
      /** The result says nothing, and the file wants nobody to be told so. */
      readonly quiet?: true;
    }
  /** It was never begun: the automation's 30-day budget is spent. */
  | { readonly type: 'skipped'; readonly reason: 'budget'; readonly error: string }
  | {
      readonly type: 'failed';
      readonly reason: RunReason;
      readonly error: string;
      /** The provider's HTTP status, for `model_error`. */
      readonly httpStatus?: number;
      readonly retryable: boolean;
      /** Text that the session had when it was stopped, delivered as partial. */
      readonly partial?: string;
    }
  | { readonly type: 'cancelled' }
  /** The process is draining: hand the run back without counting the attempt. */
  | { readonly type: 'handed_back' };

/** Figures of one attempt. */
export interface SessionFigures {
  readonly usage: Usage;
  readonly costUsd: number | null;
  readonly steps: number;
  readonly toolCalls: number;
  readonly refusals: number;
  readonly writesSent: number;
}
