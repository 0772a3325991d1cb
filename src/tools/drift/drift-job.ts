import type { WorkerLimits } from '../worker/run-worker.ts';

/** What a description is written in; `openapi` includes Swagger 2. */
export type SpecFormat = 'openapi' | 'graphql';

/** What a drift worker reads from its stdin. */
export interface DriftJob extends WorkerLimits {
  readonly format: SpecFormat;
  /** The stored description, and what the upstream says now: JSON, YAML or SDL. */
  readonly stored: string;
  readonly live: string;
}

/** One difference. */
export interface Change {
  /** An operation (`GET /orders/{id}`), a type or a field (`Order.total`). */
  readonly at: string;
  readonly what: string;
  /** A caller that keeps to the stored description can fail. */
  readonly breaking: boolean;
}

/** Differences by what has happened to the thing that they name. */
export interface Drift {
  readonly added: readonly Change[];
  readonly removed: readonly Change[];
  readonly changed: readonly Change[];
  /** What each description calls its own version; absent in GraphQL. */
  readonly versions?: { readonly stored: string; readonly live: string };
}

/** What it writes to its stdout. */
export type DriftAnswer = { readonly ok: true; readonly drift: Drift } | { readonly ok: false; readonly error: string };
