import { withoutControls } from '../domain/delivery-text.ts';
import type { DeliveryType } from '../domain/ports/delivery-type.ts';
import type { Logger } from '../domain/ports/logger.ts';

/** Writes the text to the runtime's log. */
export function logDelivery(log: Pick<Logger, 'info'>): DeliveryType {
  return {
    type: 'log',
    check: () => [],
    send: async ({ id, payload }) => {
      const { automation, run, status, text } = payload;
      log.info(withoutControls(`${automation}: ${text}`), { delivery: id, run, status });
      return { ok: true };
    },
  };
}
