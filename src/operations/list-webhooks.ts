import { automationView } from './automation-view.ts';
import { automationNames } from './find-automation.ts';
import { isoTime } from './iso-time.ts';
import type { OperationsPorts } from './ports.ts';
import type { WebhookOperations, WebhookView } from './webhook-operations.ts';

/** Every hook: its URLs, and what came of its requests since this process began. */
export function listWebhooks(ports: OperationsPorts): WebhookOperations['listWebhooks'] {
  return async () => {
    const bundle = ports.bundles.active();
    const counts = ports.tally.counts();
    const views: WebhookView[] = [];
    for (const name of automationNames(bundle)) {
      const { webhookUrl, status } = await automationView(ports, bundle, name);
      const type = bundle.automations.get(name)?.webhookAuth?.type ?? null;
      if (webhookUrl === null) continue;
      const isNamed = type !== null && type !== 'none';
      views.push({
        automation: name,
        type,
        webhookUrl,
        namedUrl: isNamed ? `${ports.publicUrl()}/webhooks/${encodeURIComponent(name)}` : null,
        status,
        since: isoTime(ports.tally.since),
        counts: counts
          .filter(({ automation }) => automation === name)
          .map(({ outcome, reason, count }) => ({ outcome, reason, count })),
      });
    }
    return views;
  };
}
