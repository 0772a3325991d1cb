import type { DeliveryPayload } from '../domain/delivery.ts';
import { deliveryVariables } from '../domain/delivery-payload.ts';
import { AmodalError } from '../domain/error.ts';
import type { Secrets } from '../domain/ports/secrets.ts';
import type { Templates } from '../domain/ports/templates.ts';
import { variableOf } from '../domain/secret.ts';
import { sentPayload } from './sent-payload.ts';

export interface BodyPorts {
  readonly templates: Pick<Templates, 'render'>;
  readonly secrets: Secrets;
}

/** A target's own body: every text in it is a reference or Jinja over the payload, rendered once and inserted as a text. */
export function renderBody(body: unknown, payload: DeliveryPayload, ports: BodyPorts): unknown {
  const variables = { ...deliveryVariables(payload), ...sentPayload(payload) };
  const render = (value: unknown): unknown => {
    if (typeof value === 'string') return renderText(value, variables, ports);
    if (Array.isArray(value)) return value.map(render);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, render(field)]));
  };
  return render(body);
}

function renderText(
  text: string,
  variables: Readonly<Record<string, unknown>>,
  { templates, secrets }: BodyPorts,
): string {
  if (variableOf(text) !== undefined) return secrets.resolve(text);
  if (!/\{[{%#]/.test(text)) return text;
  const rendered = templates.render(text, variables);
  if (rendered.ok) return rendered.text;
  throw new AmodalError('bad_request', `the template in the target's "body" failed: ${rendered.error.message}`);
}
