import type { Automation } from '../domain/automation.ts';
import type { AutomationState } from '../domain/automation-state.ts';
import { webhookIdOf, webhookTokenOf } from '../domain/webhook-id.ts';
import type { OperationsPorts } from './ports.ts';

/** Where senders post events of an automation: stable until it is rotated, and not guessable. */
export function webhookUrl(
  ports: Pick<OperationsPorts, 'instanceSecret' | 'publicUrl'>,
  state: AutomationState,
): string {
  return `${ports.publicUrl()}${webhookPath(ports, state)}`;
}

/** The path of that URL. */
export function webhookPath(
  { instanceSecret }: Pick<OperationsPorts, 'instanceSecret'>,
  state: AutomationState,
): string {
  return `/webhooks/${webhookIdOf(instanceSecret, state.automation, state.webhookGeneration)}`;
}

/** Automations with a webhook: those that it triggers, and those that say how one is signed. */
export function takesWebhooks({ trigger, webhookAuth }: Pick<Automation, 'trigger' | 'webhookAuth'>): boolean {
  return trigger === 'webhook' || webhookAuth !== undefined;
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
