import { AmodalError } from '../domain/error.ts';
import { requireKnown } from './find-automation.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';
import { deliveryView } from './run-view.ts';

/** Results and alerts on their way, delivered, or dead; newest first. */
export function listDeliveries({ database, bundles }: OperationsPorts): Operations['listDeliveries'] {
  return async (filter) => {
    const rows = await database.listDeliveries(filter);
    if (rows.length === 0 && filter.automation !== undefined) requireKnown(bundles.active(), filter.automation);
    return rows.map(deliveryView);
  };
}

/** Sends a dead or held row again, under the same id. */
export function redriveDelivery(ports: OperationsPorts): Operations['redriveDelivery'] {
  return async (id, by) => {
    const delivery = await ports.database.redriveDelivery(id, by, ports.clock.now());
    if (!delivery) {
      throw new AmodalError(
        'not_found',
        `No dead or held delivery has the id "${id}": \`amodal ops deliveries list --status dead\` lists them.`,
      );
    }
    ports.onChanged();
    return deliveryView(delivery);
  };
}
