import type { DeliveryType } from '../domain/ports/delivery-type.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { Templates } from '../domain/ports/templates.ts';
import type { HttpClient } from '../net/index.ts';
import { callbackDelivery, type DeliveryCallbacks } from './callback.ts';
import { emailDelivery } from './email.ts';
import { fileDelivery } from './file.ts';
import { logDelivery } from './log.ts';
import { slackDelivery } from './slack.ts';
import { webhookDelivery } from './webhook.ts';

export type { DeliveryCallback, DeliveryCallbacks } from './callback.ts';

export interface DeliveryPorts {
  readonly http: HttpClient;
  /** What `createAgent({ onAutomationResult })` was given. */
  readonly callbacks?: DeliveryCallbacks;
  readonly log: Pick<Logger, 'info'>;
  /** For a webhook's own `body`; asked for when the first one is sent. */
  readonly templates: () => Promise<Pick<Templates, 'render'>>;
}

/** Every kind of target, in the order in which documents list them. */
export function createDeliveryTypes({ http, callbacks, log, templates }: DeliveryPorts): readonly DeliveryType[] {
  return [
    webhookDelivery({ http, templates }),
    callbackDelivery(callbacks),
    slackDelivery({ http }),
    emailDelivery(),
    fileDelivery(),
    logDelivery(log),
  ];
}
