import type { RunId } from './run.ts';

/** One write that a run is about to send; sent at most once per (run, call). */
export interface WriteCall {
  readonly run: RunId;
  /** Unique within the run: the model's step and call number; `{run}.{call}` is the idempotency key. */
  readonly call: string;
  readonly tool: string;
  /** `connection:METHOD /path` or the tool's name. */
  readonly operation: string;
  readonly idempotencyKey: string;
  readonly at: number;
}

/** What became of it. No outcome row = unknown: the process died between sending and hearing. */
export interface WriteOutcome {
  readonly result: 'applied' | 'not_applied' | 'unknown';
  readonly status?: number;
  readonly error?: string;
}
