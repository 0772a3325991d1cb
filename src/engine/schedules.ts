import type { Automation, Schedule } from '../domain/automation.ts';
import type { AutomationState } from '../domain/automation-state.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { ScheduleDefinition } from '../domain/ports/run-queue.ts';
import { nextFire, scheduleKey } from '../domain/schedule.ts';
import { breathe } from './service.ts';

/** First fires that are computed before others have their turn (well under 50 ms). */
const COMPUTED_AT_ONCE = 50;

export type ScheduledAutomation = Automation & { readonly schedule: Schedule };

/** Automations of a bundle that fire by the clock, those with one schedule side by side. */
export function scheduledOf(bundle: Bundle): readonly ScheduledAutomation[] {
  const keyed = [...bundle.automations.values()].filter(isScheduled).map((automation) => ({
    automation,
    key: scheduleKey(automation.schedule),
  }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ automation }) => automation);
}

/** What the database should hold for a bundle: kept schedules as stored, new and changed ones from now on. */
export async function defineSchedules(
  bundle: Bundle,
  states: ReadonlyMap<string, AutomationState>,
  { now, logger }: { readonly now: number; readonly logger: Logger },
): Promise<readonly ScheduleDefinition[]> {
  const definitions: ScheduleDefinition[] = [];
  let computed = 0;
  for (const automation of scheduledOf(bundle)) {
    const state = states.get(automation.name);
    const { name, scheduleHash } = automation;
    const isKept = state?.scheduleHash === scheduleHash && state.nextFire !== undefined;
    if (!isKept) {
      computed += 1;
      if (computed % COMPUTED_AT_ONCE === 0) await breathe();
    }
    // After the clock was set back, instants up to firedThrough are still accounted for.
    const from = Math.max(now, state?.firedThrough ?? now);
    const first = isKept ? state.nextFire : firstFire(automation, from, logger);
    definitions.push({ automation: name, scheduleHash, nextFire: first });
  }
  return [...definitions, ...definitionsOfBroken(bundle, states)];
}

/** An expression that passed the checks of its file and still cannot be computed stops nobody else. */
function firstFire({ name, schedule }: ScheduledAutomation, from: number, logger: Logger): number | undefined {
  try {
    return nextFire(schedule, from);
  } catch (error) {
    logger.error('a schedule cannot be computed and does not fire', { automation: name, error: String(error) });
    return undefined;
  }
}

/** A file that is broken now keeps its place: what it had queued is not withdrawn, its next fire waits for the repair. */
function definitionsOfBroken(bundle: Bundle, states: ReadonlyMap<string, AutomationState>) {
  return [...bundle.broken.keys()].flatMap((automation): ScheduleDefinition[] => {
    const state = states.get(automation);
    if (!state?.scheduleHash || bundle.automations.has(automation)) return [];
    return [{ automation, scheduleHash: state.scheduleHash, nextFire: state.nextFire }];
  });
}

function isScheduled(automation: Automation): automation is ScheduledAutomation {
  return automation.enabled && automation.trigger === 'cron' && automation.schedule !== undefined;
}
