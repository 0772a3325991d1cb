import { withoutDataTags } from '../domain/data-block.ts';
import type { SessionRequest } from '../domain/ports/session.ts';
import type { EventPayload } from './event-payload.ts';

/** Longest text that an event can put into a prompt by one variable. */
const MAX_VARIABLE_CHARACTERS = 2_000;

const MAX_DEPTH = 20;
const MAX_ITEMS = 1_000;
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** What a prompt's template can name; everything from the event is plain text on one line. */
export function templateVariables(
  { claimed, automation }: Pick<SessionRequest, 'claimed' | 'automation'>,
  payload: EventPayload | undefined,
  { now, env }: { readonly now: number; readonly env: Readonly<Record<string, string>> },
): Readonly<Record<string, unknown>> {
  const value = plain(payload?.value, MAX_DEPTH);
  const params = plain(payload?.params ?? {}, MAX_DEPTH) as Readonly<Record<string, unknown>>;
  const { lastSuccessStartedAt } = claimed.state;
  // Undefined before the first success, so that `default` applies.
  const since = lastSuccessStartedAt === undefined ? undefined : new Date(lastSuccessStartedAt).toISOString();
  return {
    ...params,
    params,
    event: value ?? '',
    webhook: { parameters: params },
    automation: automation.name,
    timestamp: new Date(now).toISOString(),
    since,
    lastRun: since,
    run: claimed.run.id,
    // Where the file lists no names, `env` is a key like any other.
    ...(automation.webhook.env === undefined ? {} : { env: plain(env, MAX_DEPTH) }),
  };
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return plainText(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth === 0) return '';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => plain(item, depth - 1));
  const fields = Object.entries(value).filter(([name]) => name !== '__proto__');
  return Object.fromEntries(fields.slice(0, MAX_ITEMS).map(([name, field]) => [name, plain(field, depth - 1)]));
}

function plainText(text: string): string {
  const shown = text.length > MAX_VARIABLE_CHARACTERS ? `${text.slice(0, MAX_VARIABLE_CHARACTERS)}…` : text;
  return withoutDataTags(shown.replaceAll(/\p{Surrogate}/gu, '\ufffd').replace(INVISIBLE, ' '));
}
