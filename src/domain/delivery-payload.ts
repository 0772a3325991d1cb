import { answerData } from './answer-data.ts';
import type { Automation, DeliveryPolicy, Target } from './automation.ts';
import type { DeliveryPayload, NewDelivery } from './delivery.ts';
import { headAndTail, MAX_RESULT_BYTES, plainText, wellFormed } from './delivery-text.ts';
import type { Event } from './event.ts';
import { threadFor } from './event-thread.ts';
import type { NewId } from './ports/ids.ts';
import type { TemplateError, Templates } from './ports/templates.ts';
import type { Outcome, RunId } from './run.ts';
import { saysSomething } from './says-something.ts';

/** How a run ended, as its deliveries need to know it. */
export interface RunEnd {
  readonly automation: Pick<Automation, 'name' | 'delivery'>;
  readonly run: RunId;
  readonly outcome: Outcome;
  readonly event?: Event;
  /** The whole result of the last successful run before it, for `when: "changed"`. */
  readonly previousResult?: string;
  /** Epoch ms. */
  readonly now: number;
}

/** What payloads are made with; `redact` is applied before anything is cut. */
export interface PayloadPorts {
  readonly templates: Pick<Templates, 'render'>;
  readonly redact: (text: string) => string;
  readonly newId: NewId;
}

/** Rows for the outbox. `problem` says why the template could not be used: then the result itself is the text. */
export interface ResultDeliveries {
  readonly deliveries: readonly NewDelivery[];
  readonly problem?: TemplateError;
}

type Answer = {
  readonly status: 'success' | 'partial';
  readonly text: string;
  readonly more: Partial<DeliveryPayload>;
};

/** The outbox rows of a run's end (SPEC §7): one a target, none when there is no text or `when` says not to. */
export function resultDeliveries(end: RunEnd, ports: PayloadPorts): ResultDeliveries {
  const { delivery } = end.automation;
  const answer = answerOf(end.outcome);
  if (!answer || delivery.targets.length === 0 || !isWanted(delivery, end, answer)) return { deliveries: [] };
  const { payload, problem } = resultPayload(end, answer, ports);
  const deliveries = delivery.targets.map((target) => newDelivery(target, payload, { end, newId: ports.newId }));
  return problem ? { deliveries, problem } : { deliveries };
}

/** The Jinja variables of a delivery template: the answer's own fields, under the built-ins. */
export function deliveryVariables(payload: DeliveryPayload): Readonly<Record<string, unknown>> {
  const { automation, timestamp, result = '', run, data, status } = payload;
  return { data: data ?? {}, status, ...data, automation, timestamp, result, run };
}

function answerOf(outcome: Outcome): Answer | undefined {
  switch (outcome.type) {
    case 'succeeded':
      return outcome.quiet ? undefined : { status: 'success', text: outcome.result, more: {} };
    case 'failed':
      if (!outcome.partial?.trim()) return undefined;
      return { status: 'partial', text: outcome.partial, more: { reason: outcome.reason, error: outcome.error } };
    case 'skipped':
    case 'cancelled':
    case 'handed_back':
      return undefined;
  }
}

function isWanted({ when }: DeliveryPolicy, { previousResult }: RunEnd, answer: Answer): boolean {
  switch (when) {
    case 'always':
      return true;
    case 'nonEmpty':
      return saysSomething(answer.text);
    case 'changed':
      return answer.status === 'partial' || answer.text.trim() !== previousResult?.trim();
  }
}

function resultPayload(
  { automation, run, now }: RunEnd,
  answer: Answer,
  { templates, redact }: PayloadPorts,
): { readonly payload: DeliveryPayload; readonly problem?: TemplateError } {
  const whole = redact(wellFormed(answer.text));
  const { text: result, truncated } = headAndTail(whole, MAX_RESULT_BYTES);
  const data = answerData(whole);
  const base: DeliveryPayload = {
    automation: automation.name,
    status: answer.status,
    timestamp: new Date(now).toISOString(),
    result,
    truncated,
    ...(data && { data }),
    ...redactedTexts(answer.more, redact),
    text: plainText(result),
    run,
  };
  const { template } = automation.delivery;
  if (template === undefined) return { payload: base };
  const rendered = templates.render(template, deliveryVariables(base));
  if (!rendered.ok) return { payload: base, problem: rendered.error };
  const message = headAndTail(redact(rendered.text), MAX_RESULT_BYTES).text;
  return { payload: { ...base, message, text: plainText(message) } };
}

function redactedTexts(more: Partial<DeliveryPayload>, redact: (text: string) => string): Partial<DeliveryPayload> {
  return { ...more, ...(more.error !== undefined && { error: redact(more.error) }) };
}

function newDelivery(
  target: Target,
  payload: DeliveryPayload,
  { end, newId }: { readonly end: RunEnd; readonly newId: NewId },
): NewDelivery {
  const thread = threadFor(target, end.event);
  return { id: newId('dlv'), kind: 'result', target, payload: thread ? { ...payload, thread } : payload };
}
