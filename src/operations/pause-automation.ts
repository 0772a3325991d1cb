import { nextFire as firstFire } from '../domain/schedule.ts';
import { automationView } from './automation-view.ts';
import { requireKnown } from './find-automation.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';

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
    const nextFire = schedule && firstFire(schedule, now);
    await ports.database.resumeAutomation(name, { nextFire, by }, now);
    ports.onChanged();
    return automationView(ports, bundle, name);
  };
}
