import type { NewRejection, Rejection, RejectionBounds } from '../rejection.ts';
import type { RunId } from '../run.ts';

/** What a redelivery came to. */
export interface Redelivery {
  readonly status: 'refused' | 'redelivered';
  readonly outcome: string;
  readonly run?: RunId;
  readonly by: string;
}

/** Inbound dead letters, bounded in number, bytes and age. */
export interface Rejections {
  /** Gives the id of the row: the one of an earlier copy, when there is one that still waits. */
  keepRejection(rejection: NewRejection, now: number): Promise<string>;
  /** Newest first. `since`: received at or after (epoch ms). */
  listRejections(filter: {
    readonly automation?: string;
    readonly since?: number;
    readonly status?: Rejection['status'];
    readonly limit: number;
  }): Promise<readonly Rejection[]>;
  getRejection(id: string): Promise<Rejection | undefined>;
  /** Undefined when it was not kept, or is gone. */
  readRejectionBody(id: string): Promise<Buffer | undefined>;
  /** With an audit row; the body goes once it has run. Undefined when there is no such row. */
  settleRejection(id: string, redelivery: Redelivery, now: number): Promise<Rejection | undefined>;
  /** Removes what is over the bounds, oldest first; how many. */
  pruneRejections(bounds: RejectionBounds, now: number): Promise<number>;
}
