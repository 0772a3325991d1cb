import type { Event } from '../domain/event.ts';
import type { Payload } from '../domain/parse-payload.ts';
import type { EventParts } from '../domain/ports/run-queue.ts';
import type { WebhookIdentity } from '../domain/ports/webhook-preset.ts';

/** The events of a delivery that is a list of them, so that each of them runs once in whichever delivery it comes. */
export function eventParts(
  { value }: Pick<Payload, 'value'>,
  { elements = [] }: Pick<WebhookIdentity, 'elements'>,
  event: Event,
): EventParts | undefined {
  const keys = elements.map(({ id, key }) => key ?? id);
  if (!Array.isArray(value) || value.length !== keys.length || keys.every((key) => key === undefined)) return undefined;
  return {
    keys,
    eventOf: (fresh) => ({ ...event, format: 'json', body: JSON.stringify(fresh.map((index) => value[index])) }),
  };
}
