import type { Automation } from '../domain/automation.ts';
import { accountFor } from '../domain/missed.ts';
import { overlapOf } from '../domain/overlap.ts';
import { nextFire as firstFire } from '../domain/schedule.ts';
import { automationView } from './automation-view.ts';
import { requireKnown } from './find-automation.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';

/** Instants that one transaction accounts for. */
const INSTANTS_AT_ONCE = 1000;

const DEFAULT_PAUSE_REASON = 'paused by hand';

/** Keeps an automation from running until it is resumed; survives restarts, never touches the file. */
export function pauseAutomation(ports: OperationsPorts): Operations['pauseAutomation'] {
  return async (name, { reason, by }) => {
    const bundle = ports.bundles.active();
    requireKnown(bundle, name);
    const now = ports.clock.now();
    const pause = { at: now, by, reason: reason || DEFAULT_PAUSE_REASON, automatic: false };
    await ports.database.pauseAutomation(name, pause, now);
    ports.onChanged();
    return automationView(ports, bundle, name);
  };
}

/** Lets it run again, from now: instants of the pause stay skipped. */
export function resumeAutomation(ports: OperationsPorts): Operations['resumeAutomation'] {
  return async (name, { by }) => {
    const bundle = ports.bundles.active();
    requireKnown(bundle, name);
    const now = ports.clock.now();
    const automation = bundle.automations.get(name);
    const schedule = automation?.enabled ? automation.schedule : undefined;
    if (automation) await accountForPause(ports, automation, now);
    const nextFire = schedule && firstFire(schedule, now);
    await ports.database.resumeAutomation(name, { nextFire, by }, now);
    ports.onChanged();
    return automationView(ports, bundle, name);
  };
}

/** Instants of the pause that no runtime was there to record get their rows before the account moves on to now. */
async function accountForPause(
  { database, newId }: OperationsPorts,
  automation: Automation,
  now: number,
): Promise<void> {
  const { name, schedule, missed, scheduleHash } = automation;
  for (;;) {
    const { paused, nextFire, scheduleHash: stored } = await database.getAutomationState(name);
    if (!schedule || !paused || stored !== scheduleHash || nextFire === undefined || nextFire > now) return;
    const due = { nextFire, now, limit: INSTANTS_AT_ONCE };
    const account = accountFor({ schedule, missed, paused: true }, due);
    const occurrences = account.occurrences.map((occurrence) => ({ ...occurrence, run: newId('run') }));
    const fire = { automation: name, scheduleHash, expectedNextFire: nextFire, ...account, occurrences };
    await database.fireSchedules([{ ...fire, ...overlapOf(automation, 'cron') }], now);
  }
}
