import type { Event } from '../domain/event.ts';
import type { Payload } from '../domain/parse-payload.ts';
import type { WebhookIdentity } from '../domain/ports/webhook-preset.ts';
import type { InboundRequest } from './inbound.ts';

/** Headers that may be shown to a model: what happened, which delivery it is. Never credentials, never signatures. */
export const KEPT_HEADERS = [
  'content-type',
  'idempotency-key',
  'linear-delivery',
  'linear-event',
  'request-id',
  'sentry-hook-resource',
  'svix-id',
  'webhook-id',
  'x-atlassian-webhook-identifier',
  'x-event-key',
  'x-github-delivery',
  'x-github-event',
  'x-gitlab-event',
  'x-gitlab-event-uuid',
  'x-request-uuid',
  'x-shopify-event-id',
  'x-shopify-shop-domain',
  'x-shopify-topic',
  'x-shopify-webhook-id',
  'x-slack-retry-num',
  'x-slack-retry-reason',
  'x-webhook-id',
] as const;

const KEPT: ReadonlySet<string> = new Set(KEPT_HEADERS);

/** Opens a hook's URL, so it is never shown to a model. */
const TOKEN = 'token';

const LONGEST_HEADER = 512;

/**
 * What a request becomes once it is known to be authentic: the body whole, the rest by allow-list. Query parameters
 * that speak to the runtime (`own`) are left out.
 */
export function inboundEvent(
  request: Pick<InboundRequest, 'headers' | 'query'>,
  payload: Pick<Payload, 'body' | 'format'>,
  { eventType, title, own }: Pick<WebhookIdentity, 'eventType' | 'title'> & { readonly own: readonly string[] },
): Event {
  const headers: Record<string, string> = {};
  for (const name in request.headers) {
    const value = KEPT.has(name) && request.headers[name]?.[0];
    if (value) headers[name] = value.slice(0, LONGEST_HEADER);
  }
  return {
    source: 'webhook',
    body: payload.body,
    format: payload.format,
    headers,
    query: parametersOf(request.query, own),
    ...(eventType === undefined ? {} : { eventType }),
    ...(title === undefined ? {} : { title }),
  };
}

/** The last of several values counts. */
function parametersOf(query: URLSearchParams, own: readonly string[]): Readonly<Record<string, string>> {
  const left = [TOKEN, '__proto__', ...own];
  const parameters = [...query].filter(([name]) => !left.includes(name));
  return Object.fromEntries(parameters);
}
