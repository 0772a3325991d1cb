import type { Operations } from '../operations/operations.ts';

/** The operations of one bundle, wherever they are done. */
export interface ConnectedOperations {
  readonly operations: Operations;
  /** `server`: a running one does them. `state`: this process does, on the local state. */
  readonly mode: 'server' | 'state';
  close(): Promise<void>;
}
