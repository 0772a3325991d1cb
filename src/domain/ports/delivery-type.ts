import type { Delivery, DeliveryResult } from '../delivery.ts';
import type { Secrets } from './secrets.ts';

export interface DeliveryContext {
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** The bundle's folder, for `file` targets. */
  readonly dir: string;
}

/** One kind of target. `check` is run by `validate` and names what is wrong, in sentences; `send` never throws. */
export interface DeliveryType {
  readonly type: string;
  check(options: Readonly<Record<string, unknown>>, secrets: Secrets): readonly string[];
  send(delivery: Delivery, context: DeliveryContext): Promise<DeliveryResult>;
}
