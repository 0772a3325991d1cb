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

/** The setting of the file that left an event out, and the sentence that its sender hears. */
export interface Ignored {
  readonly setting: 'events' | 'expect' | 'filter';
  readonly reason: string;
  /** Not the event is to blame but the setting. */
  readonly isUnusable?: true;
}

/** Why an authentic event starts no run (`events`, `expect`, `filter` of the file), or undefined when it does. */
export function whyIgnored(settings: WebhookSettings, { request, payload, identity }: Arrived): Ignored | undefined {
  const { events, expect, filter } = settings;
  if (events && !matchesEvents(events, eventNames(identity))) {
    return { setting: 'events', reason: `the event ${identity.eventType ?? '(without a name)'} is not in "events"` };
  }
  if (expect === undefined && filter === undefined) return undefined;
  const subject = { body: payload.value, headers: request.headers, query: queryLists(request.query) };
  for (const [setting, condition] of [['expect', expect] as const, ['filter', filter] as const]) {
    const verdict = condition === undefined ? undefined : matchesFilter(condition, subject);
    if (!verdict || verdict.ok) continue;
    const { reason, isUnusable } = verdict;
    return { setting, reason: `${setting}: ${reason}`, ...(isUnusable && { isUnusable }) };
  }
  return undefined;
}

function eventNames({ eventType, elements = [] }: WebhookIdentity): readonly string[] {
  return [eventType, ...elements.map((element) => element.eventType)].filter((name) => name !== undefined);
}
