import type { WebhookSettings } from '../domain/automation.ts';
import type { Payload } from '../domain/parse-payload.ts';
import type { WebhookIdentity } from '../domain/ports/webhook-preset.ts';
import { matchesEvents, matchesFilter } from '../domain/webhook-filter.ts';
import type { InboundRequest } from './inbound.ts';
import { queryLists } from './query-lists.ts';

export interface Arrived {
  readonly request: Pick<InboundRequest, 'headers' | 'query'>;
  readonly payload: Payload;
  readonly identity: WebhookIdentity;
}

/** Why an authentic event starts no run (`events`, `expect`, `filter` of the file), or undefined when it does. */
export function whyIgnored(settings: WebhookSettings, { request, payload, identity }: Arrived): string | undefined {
  const { events, expect, filter } = settings;
  if (events && !matchesEvents(events, eventNames(identity))) {
    return `the event ${identity.eventType ?? '(without a name)'} is not in "events"`;
  }
  const subject = { body: payload.value, headers: request.headers, query: queryLists(request.query) };
  for (const [name, condition] of [['expect', expect] as const, ['filter', filter] as const]) {
    const verdict = condition === undefined ? undefined : matchesFilter(condition, subject);
    if (verdict && !verdict.ok) return `${name}: ${verdict.reason}`;
  }
  return undefined;
}

function eventNames({ eventType, elements = [] }: WebhookIdentity): readonly string[] {
  return [eventType, ...elements.map((element) => element.eventType)].filter((name) => name !== undefined);
}
