import type { Bundle } from '../domain/bundle.ts';
import { AmodalError } from '../domain/error.ts';
import { requireKnown } from './find-automation.ts';
import { isoTime } from './iso-time.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';
import { webhookTokenUrl, webhookUrl } from './webhook-url.ts';

/** The URLs of a webhook automation. */
export function webhookUrlOf(ports: OperationsPorts): Operations['webhookUrlOf'] {
  return async (name) => {
    requireHook(ports.bundles.active(), name);
    const state = await ports.database.getAutomationState(name);
    return { name, webhookUrl: webhookUrl(ports, state), tokenUrl: webhookTokenUrl(ports, state) };
  };
}

/** Makes new URLs; the old ones answer 404, or stay valid for the grace. */
export function rotateWebhook(ports: OperationsPorts): Operations['rotateWebhook'] {
  return async (name, { graceSeconds, by }) => {
    requireHook(ports.bundles.active(), name);
    const now = ports.clock.now();
    const graceUntil = graceSeconds ? now + graceSeconds * 1000 : undefined;
    const state = await ports.database.rotateWebhook(name, { graceUntil, by }, now);
    const urls = { name, webhookUrl: webhookUrl(ports, state), tokenUrl: webhookTokenUrl(ports, state) };
    return graceUntil === undefined ? urls : { ...urls, graceUntil: isoTime(graceUntil) };
  };
}

/** Throws `conflict` for an automation that takes no webhooks. */
export function requireHook(bundle: Bundle, name: string): void {
  requireKnown(bundle, name);
  const automation = bundle.automations.get(name);
  if (!automation || automation.trigger === 'webhook' || automation.webhookAuth) return;
  throw new AmodalError(
    'conflict',
    `"${name}" has no webhook: its trigger is ${automation.trigger}; set "trigger": "webhook" in ${automation.file}.`,
  );
}
