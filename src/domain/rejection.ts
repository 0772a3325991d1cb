import type { VerifyReason } from './ports/webhook-preset.ts';
import type { RunId } from './run.ts';

/** Why a request was turned away after it had found its automation. */
export type RejectionReason =
  | Exclude<VerifyReason, 'config_error'>
  /** Over `maxBodyBytes`; its body was not kept. */
  | 'too_large'
  /** Nested deeper than anybody may walk. */
  | 'too_deep'
  | 'paused'
  /** `filter` or `expect` of the file cannot be used. */
  | 'filter_error'
  /** The file is broken, or a secret of its `webhookAuth` is not set. */
  | 'blocked_config';

/** An inbound dead letter: a request that started nothing, kept so that it can be verified again. Times in epoch ms. */
export interface Rejection {
  /** `rej_` and a time-ordered id. */
  readonly id: string;
  readonly automation: string;
  readonly reason: RejectionReason;
  /** The HTTP status that its sender heard. */
  readonly httpStatus: number;
  /** At receipt of the first copy: what its timestamp is judged by, for ever. */
  readonly receivedAt: number;
  readonly lastAt: number;
  /** How often the very same request came. */
  readonly copies: number;
  readonly peer: string;
  /** The headers that the verifier and the file read, lower-case names; never a credential that was right. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Without the token. */
  readonly query: string;
  readonly bodyBytes: number;
  /** Lower hex; undefined when the body was not read. */
  readonly bodySha256?: string;
  /** False for bodies over `MOST_KEPT_BODY`, those that were not read, and once it has run. */
  readonly hasBody: boolean;
  /** The sender had proved itself: only our own state kept the request from running. */
  readonly isAuthentic: boolean;
  /** `refused`: it was delivered again and turned away again. */
  readonly status: 'kept' | 'refused' | 'redelivered';
  /** What the last redelivery came to, a sentence. */
  readonly outcome?: string;
  readonly run?: RunId;
}

export interface NewRejection extends Omit<Rejection, 'lastAt' | 'copies' | 'hasBody' | 'status' | 'outcome' | 'run'> {
  /** The same request again has the same one, and becomes one more copy. */
  readonly fingerprint: string;
  readonly body?: Buffer;
}

/** Bytes of a body up to which it is kept. */
export const MOST_KEPT_BODY = 1_048_576;

/** How much is kept of requests that proved themselves and of those that did not, so that nobody's noise pushes out events. */
export interface RejectionBounds {
  readonly authentic: { readonly rows: number; readonly bytes: number };
  readonly unproven: { readonly rows: number; readonly bytes: number };
  readonly ageMs: number;
}

export const DEFAULT_REJECTION_BOUNDS: RejectionBounds = {
  authentic: { rows: 10_000, bytes: 268_435_456 },
  unproven: { rows: 1000, bytes: 67_108_864 },
  ageMs: 14 * 86_400_000,
};
