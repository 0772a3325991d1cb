import type { DeliveryPayload } from '../domain/delivery.ts';

/** What an embedding program receives; `delivery` is the same on every attempt. */
export interface AutomationResult extends DeliveryPayload {
  readonly delivery: string;
}

export type AutomationResultHandler = (result: AutomationResult) => void | Promise<void>;
