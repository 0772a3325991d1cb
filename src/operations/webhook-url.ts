import type { AutomationState } from '../domain/automation-state.ts';
import { webhookIdOf, webhookTokenOf } from '../domain/webhook-id.ts';
import type { OperationsPorts } from './ports.ts';

/** Where senders post events of an automation: stable until it is rotated, and not guessable. */
export function webhookUrl(
  ports: Pick<OperationsPorts, 'instanceSecret' | 'publicUrl'>,
  state: AutomationState,
): string {
  return `${ports.publicUrl()}/webhooks/${webhookIdOf(ports.instanceSecret, state.automation, state.webhookGeneration)}`;
}

/** The form with a 256-bit token in the path, for senders that cannot sign. */
export function webhookTokenUrl(
  ports: Pick<OperationsPorts, 'instanceSecret' | 'publicUrl' | 'bundles'>,
  state: AutomationState,
): string {
  const namespace = encodeURIComponent(ports.bundles.active().settings.name);
  const token = webhookTokenOf(ports.instanceSecret, state.automation, state.webhookGeneration);
  return `${ports.publicUrl()}/webhooks/${namespace}/${encodeURIComponent(state.automation)}/${token}`;
}
