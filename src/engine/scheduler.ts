import type { AutomationState } from '../domain/automation-state.ts';
import type { Bundle } from '../domain/bundle.ts';
import { AmodalError } from '../domain/error.ts';
import { accountFor, ON_TIME_MS } from '../domain/missed.ts';
import { overlapOf, overlapOfCatchUp } from '../domain/overlap.ts';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { Faults } from '../domain/ports/faults.ts';
import type { NewId } from '../domain/ports/ids.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { FireSchedule, ScheduleDefinition } from '../domain/ports/run-queue.ts';
import { scheduleKey } from '../domain/schedule.ts';
import { alertAboutMissed } from './extra-alerts.ts';
import { createFireHeap, type Due, type FireHeap } from './fire-heap.ts';
import { defineSchedules, type ScheduledAutomation, scheduledOf } from './schedules.ts';
import { breathe, type Service } from './service.ts';

/** Automations whose due instants go into one transaction; what one transaction takes stays well under 100 ms. */
const FIRED_AT_ONCE = 50;

/** Instants that one transaction accounts for, over all its automations. */
const INSTANTS_AT_ONCE = 400;

export interface SchedulerPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly bundles: Bundles;
  readonly newId: NewId;
  readonly faults: Faults;
  readonly logger: Logger;
  /** Told after instants were recorded, e.g. to wake the worker. */
  readonly onFired?: () => void;
}

/** What the scheduler knows of the bundle that it has brought into force. */
interface Armed {
  readonly bundle: Bundle;
  readonly automations: ReadonlyMap<string, ScheduledAutomation>;
  /** Next fires as last heard from the database; a heap entry that differs is out of date. */
  readonly fires: Map<string, number>;
  readonly heap: FireHeap;
}

/**
 * Keeps the schedules of the active bundle: each due instant becomes one row (a run, or why there is none) in the
 * same transaction that moves the next fire, so that restarts, other processes and clock jumps never make two or none.
 */
export function createScheduler(ports: SchedulerPorts): Service {
  const { bundles, clock, faults } = ports;
  let armed: Armed | undefined;
  return {
    name: 'scheduler',
    tick: async () => {
      faults('tick');
      if (armed?.bundle !== bundles.active()) armed = await arm(ports);
      const { heap } = armed;
      for (;;) {
        const now = clock.now();
        const due = takeDue(armed, now);
        if (due.length === 0) break;
        try {
          await fire(ports, armed, { due, now });
        } catch (error) {
          // The database holds the truth: read it again before the next try.
          armed = undefined;
          throw error;
        }
        await breathe();
      }
      return { nextAt: heap.peek()?.at };
    },
    wakeOn: (poke) => bundles.subscribe(poke),
  };
}

/** Brings the stored schedules in line with the bundle and builds the heap from what is stored. */
async function arm({ bundles, clock, database, logger }: SchedulerPorts): Promise<Armed> {
  const bundle = bundles.active();
  const states = new Map((await database.listAutomationStates()).map((state) => [state.automation, state]));
  const now = clock.now();
  const definitions = await defineSchedules(bundle, states, { now, logger });
  if (hasChanged(definitions, states)) await database.syncSchedules(definitions, now);
  const automations = new Map(scheduledOf(bundle).map((automation) => [automation.name, automation]));
  const armed: Armed = { bundle, automations, fires: new Map(), heap: createFireHeap() };
  for (const { automation, nextFire } of definitions) {
    if (automations.has(automation)) setFire(armed, automation, nextFire);
  }
  return armed;
}

/** Most reloads leave every schedule as it is: then nothing is written. */
function hasChanged(definitions: readonly ScheduleDefinition[], states: ReadonlyMap<string, AutomationState>): boolean {
  const defined = new Set(definitions.map(({ automation }) => automation));
  const isNew = definitions.some(
    ({ automation, scheduleHash }) => states.get(automation)?.scheduleHash !== scheduleHash,
  );
  const isGone = [...states.values()].some(
    (state) => state.scheduleHash !== undefined && !defined.has(state.automation),
  );
  return isNew || isGone;
}

function setFire({ fires, heap }: Armed, automation: string, at: number | undefined): void {
  if (at === undefined) {
    fires.delete(automation);
    return;
  }
  fires.set(automation, at);
  heap.push({ at, automation });
}

/** Takes what is due off the heap, at most one batch, those with one schedule side by side. */
function takeDue({ automations, fires, heap }: Armed, now: number): readonly Due[] {
  const due: (Due & { readonly key: string })[] = [];
  while (due.length < FIRED_AT_ONCE) {
    const first = heap.peek();
    if (!first || first.at > now) break;
    heap.pop();
    const automation = automations.get(first.automation);
    if (automation && fires.get(first.automation) === first.at) {
      due.push({ ...first, key: scheduleKey(automation.schedule) });
    }
  }
  return due.sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function fire(
  ports: SchedulerPorts,
  armed: Armed,
  { due, now }: { readonly due: readonly Due[]; readonly now: number },
): Promise<void> {
  const { database } = ports;
  const states = await readStates(ports, due);
  const limit = Math.max(1, Math.floor(INSTANTS_AT_ONCE / due.length));
  const fires = due.flatMap((one) => fireOf(ports, armed, { due: one, state: states.get(one.automation), now, limit }));
  const written = await database.fireSchedules(fires, now);
  for (const [index, one] of fires.entries()) {
    if (!written[index]) await rearm(ports, armed, one);
    else setFire(armed, one.automation, one.nextFire);
    const automation = armed.automations.get(one.automation);
    if (written[index] && automation) await alertAboutMissed(ports, automation, one);
  }
  ports.onFired?.();
}

async function readStates({ database }: SchedulerPorts, due: readonly Due[]) {
  const states = await Promise.all(due.map(({ automation }) => database.getAutomationState(automation)));
  return new Map(states.map((state) => [state.automation, state]));
}

function fireOf(
  { newId }: SchedulerPorts,
  { automations }: Armed,
  at: { readonly due: Due; readonly state: AutomationState | undefined; readonly now: number; readonly limit: number },
): readonly FireSchedule[] {
  const { due, state, now, limit } = at;
  const automation = automations.get(due.automation);
  if (!automation) return [];
  const { name, schedule, scheduleHash, missed } = automation;
  const rules = { schedule, missed, paused: state?.paused !== undefined };
  const account = accountFor(rules, { nextFire: due.at, now, limit });
  const isCatchUp = missed.policy === 'all' && now - due.at > ON_TIME_MS;
  return [
    {
      automation: name,
      scheduleHash,
      expectedNextFire: due.at,
      nextFire: account.nextFire,
      firedThrough: account.firedThrough,
      occurrences: account.occurrences.map((occurrence) => ({ ...occurrence, run: newId('run') })),
      ...(isCatchUp ? overlapOfCatchUp(automation) : overlapOf(automation, 'cron')),
    },
  ];
}

/** Somebody else moved this schedule (another process, a resume): take over what is stored. */
async function rearm({ database }: SchedulerPorts, armed: Armed, fire: FireSchedule): Promise<void> {
  const state = await database.getAutomationState(fire.automation);
  const isOurs = state.scheduleHash === fire.scheduleHash;
  if (isOurs && state.nextFire === fire.expectedNextFire) {
    throw new AmodalError(
      'internal',
      `The due instant of "${fire.automation}" could not be recorded; it is tried again.`,
    );
  }
  setFire(armed, fire.automation, isOurs ? state.nextFire : undefined);
}
