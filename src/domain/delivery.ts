import type { Target } from './automation.ts';
import type { RunId } from './run.ts';

/** What an outbox row carries: a run's result, a failure alert, or the note that an incident is over. */
export type DeliveryKind = 'result' | 'alert' | 'recovery';

export type DeliveryStatus = 'pending' | 'sending' | 'delivered' | 'dead' | 'held';

/** What a target receives (SPEC §7, §8); JSON as it goes out, before `format` is applied. */
export interface DeliveryPayload {
  readonly automation: string;
  readonly status: 'success' | 'failure' | 'partial' | 'recovered';
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly run: RunId;
  readonly text: string;
  readonly result?: string;
  readonly truncated?: boolean;
  readonly message?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly error?: string;
  readonly reason?: string;
  readonly consecutiveFailures?: number;
  /** ISO 8601 of the incident's first failure. */
  readonly since?: string;
  /** Where a target with `"thread": "event"` answers; not part of what is sent. */
  readonly thread?: Thread;
}

/** A Slack thread: the channel's id or name, and the timestamp of the message that began it. */
export interface Thread {
  readonly channel: string;
  readonly ts: string;
}

/** One row of the outbox. `id` is the idempotency key of every attempt, for ever. */
export interface Delivery {
  /** `dlv_` and a time-ordered UUID. */
  readonly id: string;
  readonly run: RunId;
  readonly automation: string;
  readonly kind: DeliveryKind;
  readonly target: Target;
  readonly payload: DeliveryPayload;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly lastError?: string;
  readonly lastStatus?: number;
  readonly createdAt: number;
  readonly deliveredAt?: number;
  readonly fence: number;
}

export type NewDelivery = Pick<Delivery, 'id' | 'kind' | 'target' | 'payload'>;

/** What one attempt came to. */
export type DeliveryResult =
  | { readonly ok: true; readonly httpStatus?: number }
  | {
      readonly ok: false;
      readonly retryable: boolean;
      readonly error: string;
      readonly httpStatus?: number;
      readonly retryAfterSeconds?: number;
    };
