import { type Notice, noticeDeliveries } from '../domain/alert-payload.ts';
import type { AlertInclusion, Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { Delivery } from '../domain/delivery.ts';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { NewId } from '../domain/ports/ids.ts';
import type { FireSchedule } from '../domain/ports/run-queue.ts';
import type { Run, RunId } from '../domain/run.ts';
import type { Settlement } from '../domain/settle.ts';
import { withoutSecrets } from '../domain/without-secrets.ts';

export interface ExtraAlertPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** Tells of cron instants that passed unused, when the file's `failureAlert.include` asks for it. */
export async function alertAboutMissed(
  ports: ExtraAlertPorts & { readonly bundles: Bundles },
  automation: Automation,
  { occurrences }: FireSchedule,
): Promise<void> {
  const missed = occurrences.filter(({ verdict }) => verdict === 'missed');
  const [first, last] = [missed[0], missed.at(-1)];
  if (!first || !last || !includes(automation, 'missed')) return;
  const count = missed.reduce((sum, occurrence) => sum + (occurrence.count ?? 1), 0);
  const what =
    count === 1
      ? `The run of ${iso(first.instant)}`
      : `${count} runs from ${iso(first.instant)} to ${iso(last.instantTo ?? last.instant)}`;
  const error = `${what} did not happen: no runtime was up at the time, and the policy for missed runs does not make up for it.`;
  await notify(ports, automation, {
    bundle: ports.bundles.active(),
    run: last.run,
    notice: { reason: 'missed', error },
  });
}

/** Tells of a result that no attempt could deliver. */
export async function alertAboutUndeliverable(
  ports: ExtraAlertPorts,
  bundle: Bundle,
  { delivery, error }: { readonly delivery: Delivery; readonly error: string },
): Promise<void> {
  const automation = bundle.automations.get(delivery.automation);
  if (delivery.kind !== 'result' || !automation || !includes(automation, 'undeliverable')) return;
  const words = `The result could not be delivered to its ${delivery.target.type} target: ${error}`;
  await notify(ports, automation, { bundle, run: delivery.run, notice: { reason: 'undeliverable', error: words } });
}

/** Tells of a run that its configuration kept from running, when that alone has not raised an alert. */
export async function alertAboutBlocked(
  ports: ExtraAlertPorts,
  automation: Automation,
  { bundle, run, settlement }: { readonly bundle: Bundle; readonly run: Run; readonly settlement: Settlement },
): Promise<void> {
  const { reason, error = '', terminal, alert } = settlement;
  if (!terminal || reason !== 'blocked_config' || alert || !includes(automation, 'blocked_config')) return;
  await notify(ports, automation, { bundle, run: run.id, notice: { reason, error } });
}

interface Subject {
  readonly bundle: Bundle;
  readonly run: RunId;
  readonly notice: Pick<Notice, 'reason' | 'error'>;
}

async function notify(
  { database, clock, newId }: ExtraAlertPorts,
  automation: Automation,
  { bundle, run, notice }: Subject,
): Promise<void> {
  const now = clock.now();
  const { alert } = await database.getAutomationState(automation.name);
  const quietMs = (automation.failureAlert?.cooldownMinutes ?? 0) * 60_000;
  const isQuiet = alert.lastAlertSentAt !== undefined && now - alert.lastAlertSentAt < quietMs;
  if (isQuiet || alert.alertPendingSince !== undefined || (await hasAlertUnderWay(database, automation.name))) return;
  const subject = { automation, run, now };
  const { consecutiveFailures, failingSince: since } = alert;
  const ports = { newId, redact: (text: string) => withoutSecrets(bundle.secrets, text) };
  const rows = noticeDeliveries(subject, { ...notice, consecutiveFailures, since }, ports);
  await database.addDeliveries(
    rows.map((row) => ({ ...row, run, automation: automation.name })),
    now,
  );
}

async function hasAlertUnderWay(database: Database, automation: string): Promise<boolean> {
  const statuses = ['pending', 'sending'] as const;
  const found = await Promise.all(
    statuses.map((status) => database.listDeliveries({ automation, kind: 'alert', status, limit: 1 })),
  );
  return found.flat().length > 0;
}

function includes(automation: Automation, what: AlertInclusion): boolean {
  return automation.failureAlert?.include.includes(what) === true;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
