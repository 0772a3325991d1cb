import { createTemplates } from '../bundle/index.ts';
import { createDeliveryTypes } from '../delivery/index.ts';
import type { DeliveryType } from '../domain/ports/delivery-type.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { WebhookPreset } from '../domain/ports/webhook-preset.ts';
import { createHttpClient, type HttpClient } from '../net/index.ts';
import { BUILT_IN_TOOL_NAMES } from '../tools/built-in-tool-names.ts';
import { WEBHOOK_PRESETS } from '../webhooks/index.ts';
import type { AutomationResultHandler } from './callbacks.ts';

/** What the adapters offer to bundles: an unknown name in a file is a diagnostic. */
export interface Registries {
  readonly http: HttpClient;
  readonly presets: readonly WebhookPreset[];
  readonly deliveryTypes: readonly DeliveryType[];
  /** Names of the runtime's own tools. */
  readonly toolNames: readonly string[];
}

export interface RegistryOptions {
  readonly logger: Logger;
  /** Where `log` targets write; the logger when left out. */
  readonly log?: Pick<Logger, 'info'>;
  readonly callbacks?: AutomationResultHandler | Readonly<Record<string, AutomationResultHandler>>;
}

export function createRegistries({ logger, log = logger, callbacks }: RegistryOptions): Registries {
  const http = createHttpClient();
  let templates: ReturnType<typeof createTemplates> | undefined;
  const deliveryTypes = createDeliveryTypes({
    http,
    callbacks,
    log,
    templates: () => {
      templates ??= createTemplates();
      return templates;
    },
  });
  return { http, presets: WEBHOOK_PRESETS, deliveryTypes, toolNames: BUILT_IN_TOOL_NAMES };
}
