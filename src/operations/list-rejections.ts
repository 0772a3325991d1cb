import type { Bundle } from '../domain/bundle.ts';
import { AmodalError } from '../domain/error.ts';
import type { WebhookReading } from '../domain/ports/webhook-preset.ts';
import { requireKnown } from './find-automation.ts';
import type { OperationsPorts } from './ports.ts';
import { rejectionDetail, rejectionView } from './rejection-view.ts';
import type { WebhookOperations } from './webhook-operations.ts';

/** Requests that started nothing, newest first. */
export function listRejections({ database, bundles }: OperationsPorts): WebhookOperations['listRejections'] {
  return async (filter) => {
    const rows = await database.listRejections(filter);
    if (rows.length === 0 && filter.automation !== undefined) requireKnown(bundles.active(), filter.automation);
    return rows.map(rejectionView);
  };
}

/** One of them with what came, redacted, and what was expected. */
export function showRejection(ports: OperationsPorts): WebhookOperations['showRejection'] {
  return async (id) => {
    const rejection = await ports.database.getRejection(id);
    if (!rejection) throw unknownRejection(id);
    const bundle = ports.bundles.active();
    const body = await ports.database.readRejectionBody(id);
    const redact = (text: string) => bundle.secrets.redact(text);
    return rejectionDetail(rejection, { body, reading: readingOf(ports, bundle, rejection.automation), redact });
  };
}

export function unknownRejection(id: string): AmodalError {
  return new AmodalError(
    'not_found',
    `No refused request has the id "${id}": \`amodal ops webhooks rejected\` lists those that are kept.`,
  );
}

function readingOf({ presets }: OperationsPorts, bundle: Bundle, name: string): WebhookReading | undefined {
  const auth = bundle.automations.get(name)?.webhookAuth;
  return auth && presets.find((preset) => preset.name === auth.type)?.reading?.(auth);
}
