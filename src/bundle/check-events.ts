import { didYouMean } from '../domain/did-you-mean.ts';
import type { WebhookPreset } from '../domain/ports/webhook-preset.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, warningAt } from './finding.ts';

const PATH = ['webhook', 'events'] as const;

/** Names that the sender does not use let nothing pass; it may have new ones, so an unknown one is only a warning. */
export function checkEvents(
  events: readonly string[] | undefined,
  preset: Pick<WebhookPreset, 'name' | 'events'> | undefined,
): readonly Finding[] {
  if (!events) return [];
  const { name, events: known } = preset ?? { name: 'no webhookAuth', events: [] };
  if (known?.length === 0) {
    return [errorAt(PATH, 'no-event-names', `${quote(name)} names no events, so nothing would pass: use "filter"`)];
  }
  if (!known) return [];
  return events.flatMap((event, index) => {
    const base = event.replace(/\.\*$/, '');
    const [first = ''] = base.split('.');
    if (event === '*' || known.includes(base) || known.includes(first)) return [];
    const hint = didYouMean(first, known);
    return [warningAt([...PATH, index], 'unknown-event', `${name} has no event ${quote(first)}${hint}`)];
  });
}
