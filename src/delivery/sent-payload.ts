import type { DeliveryPayload } from '../domain/delivery.ts';

/** A payload as targets get it: without what only says where to answer. */
export type SentPayload = Omit<DeliveryPayload, 'thread'>;

export function sentPayload(payload: DeliveryPayload): SentPayload {
  const { thread: _, ...sent } = payload;
  return sent;
}
