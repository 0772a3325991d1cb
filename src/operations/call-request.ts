import type { AccessKey } from '../domain/access-key.ts';

/** A request to run an automation, as it came in. */
export interface CallRequest {
  readonly automation: string;
  readonly key: AccessKey;
  readonly body: Buffer;
  readonly query: URLSearchParams;
  /** Every line of each header, lower-case names. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Any of them ends the wait; the run goes on. */
  readonly signals: readonly AbortSignal[];
}

/** JSON for the caller; refusals are thrown. */
export interface CallAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}
