import type { AlertIntent } from './alert.ts';
import type { Automation } from './automation.ts';
import type { DeliveryPayload, NewDelivery } from './delivery.ts';
import { defangLinks, withoutControls } from './delivery-text.ts';
import type { Event } from './event.ts';
import { threadFor } from './event-thread.ts';
import type { NewId } from './ports/ids.ts';
import type { RunId, RunReason } from './run.ts';
import type { Settlement } from './settle.ts';

/** Most characters of an error in an alert. */
const MAX_ERROR_LENGTH = 300;

/** The run whose end people hear of. */
export interface AlertSubject {
  readonly automation: Pick<Automation, 'name' | 'failureAlert'>;
  readonly run: RunId;
  /** What started it: an alert about a run answers in the thread that its event names. */
  readonly event?: Event;
  /** Epoch ms. */
  readonly now: number;
}

/** `redact` is applied before anything is cut. */
export interface AlertPorts {
  readonly redact: (text: string) => string;
  readonly newId: NewId;
}

/** What else alerts (`failureAlert.include`): said by whoever noticed it. */
export interface Notice {
  readonly reason: RunReason | 'undeliverable' | 'missed';
  readonly error: string;
  readonly consecutiveFailures: number;
  /** Epoch ms; default: now. */
  readonly since?: number;
}

/** The outbox rows of an alert or a recovery note (SPEC §8), one a target; pure, for use inside `settleRun`. */
export function alertDeliveries(
  subject: AlertSubject,
  intent: AlertIntent,
  { settlement, ports }: { readonly settlement: Settlement; readonly ports: AlertPorts },
): readonly NewDelivery[] {
  const { consecutiveFailures, since } = intent;
  if (intent.kind === 'recovery') return rows(subject, recoveryPayload(subject, intent), { kind: 'recovery', ports });
  const reason = settlement.reason ?? 'interrupted';
  const error = settlement.error ?? 'no reason was recorded';
  const payload = alertPayload(subject, { reason, error, consecutiveFailures, since }, ports);
  if (settlement.status === 'skipped') return rows(subject, skippedPayload(subject, error), { kind: 'alert', ports });
  const paused = settlement.autoPaused === undefined ? '' : ` It is paused now: ${settlement.autoPaused}.`;
  return rows(subject, { ...payload, text: `${payload.text}${paused}` }, { kind: 'alert', ports });
}

/** The outbox rows of an alert about something that is not the end of a run. */
export function noticeDeliveries(subject: AlertSubject, notice: Notice, ports: AlertPorts): readonly NewDelivery[] {
  return rows(subject, alertPayload(subject, notice, ports), { kind: 'alert', ports });
}

function alertPayload({ automation, run, now }: AlertSubject, notice: Notice, { redact }: AlertPorts): DeliveryPayload {
  const { reason, consecutiveFailures } = notice;
  const error = shortError(redact(notice.error));
  const since = new Date(notice.since ?? now).toISOString();
  const row = consecutiveFailures > 1 ? ` ${consecutiveFailures} times in a row since ${since}` : '';
  const text = `${automation.name} failed${row}: ${reason}: ${error} (${run})`;
  const timestamp = new Date(now).toISOString();
  return {
    automation: automation.name,
    status: 'failure',
    timestamp,
    error,
    reason,
    consecutiveFailures,
    run,
    since,
    text,
  };
}

function skippedPayload({ automation, run, now }: AlertSubject, error: string): DeliveryPayload {
  const timestamp = new Date(now).toISOString();
  const told = { automation: automation.name, status: 'failure', timestamp, error, reason: 'budget', run } as const;
  return { ...told, text: `${automation.name} is skipped from now on: ${error} (${run})` };
}

function recoveryPayload({ automation, run, now }: AlertSubject, intent: AlertIntent): DeliveryPayload {
  const { consecutiveFailures } = intent;
  const since = new Date(intent.since).toISOString();
  const failures = consecutiveFailures === 1 ? '1 failure' : `${consecutiveFailures} failures`;
  const text = `${automation.name} works again after ${failures} since ${since} (${run})`;
  const timestamp = new Date(now).toISOString();
  return { automation: automation.name, status: 'recovered', timestamp, consecutiveFailures, run, since, text };
}

/** One line, no links to follow, at most `MAX_ERROR_LENGTH` characters. */
function shortError(error: string): string {
  const line = defangLinks(withoutControls(error)).replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= MAX_ERROR_LENGTH ? line : `${characters.slice(0, MAX_ERROR_LENGTH - 1).join('')}…`;
}

/** A recovery note is about an incident, not about the run that ended it: it stays out of threads. */
function rows(
  { automation, event }: AlertSubject,
  payload: DeliveryPayload,
  { kind, ports }: { readonly kind: 'alert' | 'recovery'; readonly ports: AlertPorts },
): readonly NewDelivery[] {
  const targets = automation.failureAlert?.targets ?? [];
  return targets.map((target) => {
    const thread = kind === 'alert' ? threadFor(target, event) : undefined;
    return { id: ports.newId('dlv'), kind, target, payload: thread ? { ...payload, thread } : payload };
  });
}
