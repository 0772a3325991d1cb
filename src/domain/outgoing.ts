import type { SessionLimits } from './automation.ts';
import type { ConcreteCall } from './call.ts';
import type { Connection } from './connection.ts';

/** What the calls of one run have taken out so far. */
export interface TakenOut {
  readonly requests: number;
  readonly bytes: number;
}

/** Whether a call leaves the process: everything but stores, what the bundle holds, and local repositories. */
export function leaves(call: ConcreteCall, connectionOf: (name: string) => Connection | undefined): boolean {
  switch (call.kind) {
    case 'http':
      return connectionOf(call.connection)?.protocol !== 'git';
    case 'tool':
      return true;
    case 'store':
    case 'memory':
    case 'local':
      return false;
  }
}

/** A sentence about the limit that one more call of so many bytes would cross, or undefined. */
export function crossedOutgoing(
  { maxRequests, maxBytesOut }: Pick<SessionLimits, 'maxRequests' | 'maxBytesOut'>,
  taken: TakenOut,
  bytes: number,
): string | undefined {
  if (taken.requests >= maxRequests) {
    return `this run has made its ${maxRequests} calls to the outside ("limits.maxRequests")`;
  }
  if (taken.bytes + bytes > maxBytesOut) {
    return `it would take more than ${maxBytesOut} bytes out of this run ("limits.maxBytesOut")`;
  }
  return undefined;
}
