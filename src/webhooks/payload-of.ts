import { type ParsedPayload, parsePayload } from '../domain/parse-payload.ts';
import type { WebhookRequest } from '../domain/ports/webhook-preset.ts';
import { headerLines } from './header-lines.ts';

const parsed = new WeakMap<WebhookRequest, ParsedPayload>();

/** A request's body as data, read once a request; undefined when it is no data. Only for verified requests. */
export function payloadOf(request: WebhookRequest): unknown {
  const known =
    request.payload?.() ?? parsed.get(request) ?? parsePayload(request.body, headerLines(request, 'content-type')[0]);
  if (!request.payload) parsed.set(request, known);
  return known.ok ? known.payload.value : undefined;
}
