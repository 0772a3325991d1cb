import type { Automation } from '../domain/automation.ts';
import { withoutControls } from '../domain/delivery-text.ts';
import type { Event } from '../domain/event.ts';
import type { EventPayload } from './event-payload.ts';

/** Longest title that becomes a prompt. */
const MAX_TITLE_CHARACTERS = 8_000;

type Settings = Pick<Automation, 'name' | 'webhook'>;

/** The fields of a payload that speak to the runtime because the file gives them a meaning of their own. */
export function ownFields({ webhook }: Settings): readonly string[] {
  return [
    ...(webhook.promptFrom === 'title' ? ['title'] : []),
    ...(webhook.env === undefined ? [] : ['env']),
    ...(webhook.respond === 'accept' ? [] : ['wait']),
  ];
}

/**
 * The prompt that an event brings along, where the file asks for that: its `title`, else what its sender's preset
 * composed, else that a webhook came. Undefined where the file's own prompt counts.
 */
export function titlePrompt(
  { name, webhook }: Settings,
  event: Event | undefined,
  payload: EventPayload | undefined,
): string | undefined {
  if (webhook.promptFrom !== 'title' || event === undefined) return undefined;
  const title = payload?.params.title;
  const given = typeof title === 'string' && title.trim() !== '' ? title : event.title;
  if (given !== undefined) return withoutControls(given).slice(0, MAX_TITLE_CHARACTERS);
  return event.source === 'webhook' ? `Webhook trigger: ${name}` : undefined;
}

/** The variables that the body's `env: [{ name, value }]` sets, as far as the file lists their names. */
export function sessionVariables(
  { webhook }: Settings,
  payload: EventPayload | undefined,
): Readonly<Record<string, string>> {
  const env = payload?.params.env;
  const set = (Array.isArray(env) ? env : []).flatMap((one: unknown) => {
    const { name, value } = fieldsOf(one);
    const isAllowed = typeof name === 'string' && webhook.env?.includes(name) === true && name !== '__proto__';
    return isAllowed && ['string', 'number', 'boolean'].includes(typeof value) ? [[name, String(value)]] : [];
  });
  return Object.fromEntries(set);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
}
