import type { SessionRequest } from '../domain/ports/session.ts';
import { type EventPayload, eventPayload, withoutFields } from './event-payload.ts';
import type { SessionPorts } from './session.ts';
import { ownFields, sessionVariables, titlePrompt } from './session-variables.ts';
import { templateVariables } from './template-variables.ts';

export type Rendered =
  | {
      readonly ok: true;
      readonly text: string;
      /** Stands in `text` wherever the prompt says `{{event}}`. */
      readonly placeholder: string;
      readonly payload: EventPayload | undefined;
    }
  /** `file:line:column` of the prompt and what is wrong. */
  | { readonly ok: false; readonly error: string };

const EVENT = /\{\{-?\s*event\s*-?\}\}/g;

/** The prompt with its variables filled in, once; values are never rendered again. */
export async function renderPrompt(
  request: Pick<SessionRequest, 'claimed' | 'automation'>,
  { templates, nonce, now }: Pick<SessionPorts, 'templates' | 'nonce'> & { readonly now: number },
): Promise<Rendered> {
  const { automation, claimed } = request;
  const whole = eventPayload(claimed.event);
  const payload = withoutFields(whole, ownFields(automation));
  const placeholder = `(event ${nonce()})`;
  const title = titlePrompt(automation, claimed.event, whole);
  if (title !== undefined) return { ok: true, text: title, placeholder, payload };
  const template = automation.prompt.replace(EVENT, () => placeholder);
  if (!/\{[{%#]/.test(template)) return { ok: true, text: template, placeholder, payload };
  const engine = await templates();
  const wrong = engine.check(automation.prompt);
  const result = wrong
    ? ({ ok: false, error: wrong } as const)
    : engine.render(template, templateVariables(request, payload, { now, env: sessionVariables(automation, whole) }));
  if (result.ok) return { ok: true, text: result.text, placeholder, payload };
  const { line, column = 1, message } = result.error;
  return { ok: false, error: `${automation.file} prompt:${line}:${column}: ${message}` };
}
