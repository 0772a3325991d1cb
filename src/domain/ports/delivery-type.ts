import type { Delivery, DeliveryResult } from '../delivery.ts';
import type { StoredFile } from './files.ts';
import type { Secrets } from './secrets.ts';

export interface DeliveryContext {
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** The bundle's folder, for `file` targets. */
  readonly dir: string;
  /** The files that the run made, oldest first, as far as they fit into so many bytes; the others by name. */
  readonly filesOf?: (maxBytes: number) => Promise<RunFilesRead>;
}

export interface RunFilesRead {
  readonly files: readonly { readonly file: StoredFile; readonly bytes: Buffer }[];
  /** Names of those that are too large or gone. */
  readonly left: readonly string[];
}

/** One kind of target. `check` is run by `validate` and names what is wrong, in sentences; `send` never throws. */
export interface DeliveryType {
  readonly type: string;
  check(options: Readonly<Record<string, unknown>>, secrets: Secrets): readonly string[];
  send(delivery: Delivery, context: DeliveryContext): Promise<DeliveryResult>;
}
