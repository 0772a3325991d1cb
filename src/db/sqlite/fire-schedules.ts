import type { AutomationState } from '../../domain/automation-state.ts';
import type { FireSchedule, RunQueue } from '../../domain/ports/run-queue.ts';
import type { RunReason } from '../../domain/run.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { insertRun, makeWay } from './insert-run.ts';
import { readState, saveState } from './state-row.ts';

type DueOccurrence = FireSchedule['occurrences'][number];

export function createFiring(
  connection: Connection,
  { write }: GroupCommit,
): Pick<RunQueue, 'fireSchedule' | 'fireSchedules'> {
  return {
    fireSchedule: (fire, now) => write(() => fireOne(connection, fire, now)),
    fireSchedules: (fires, now) => write(() => fires.map((fire) => fireOne(connection, fire, now))),
  };
}

function fireOne(connection: Connection, fire: FireSchedule, now: number): boolean {
  const state = readState(connection, fire.automation);
  if (state.scheduleHash !== fire.scheduleHash || state.nextFire !== fire.expectedNextFire) return false;
  const firedThrough = Math.max(state.firedThrough ?? fire.firedThrough, fire.firedThrough);
  saveState(connection, { ...state, nextFire: fire.nextFire, firedThrough });
  for (const occurrence of fire.occurrences) {
    if (isAccountedFor(occurrence, state)) continue;
    record(connection, occurrence, { fire, state, now });
  }
  return true;
}

function isAccountedFor(occurrence: DueOccurrence, { firedThrough }: AutomationState): boolean {
  return firedThrough !== undefined && (occurrence.instantTo ?? occurrence.instant) <= firedThrough;
}

interface Firing {
  readonly fire: FireSchedule;
  readonly state: AutomationState;
  readonly now: number;
}

function record(connection: Connection, occurrence: DueOccurrence, { fire, state, now }: Firing): void {
  const verdict = verdictOf(connection, occurrence, { fire, state, now });
  const run = {
    ...verdict,
    id: occurrence.run,
    automation: fire.automation,
    trigger: 'cron',
    requestedBy: 'schedule',
    instant: occurrence.instant,
    instantTo: occurrence.instantTo,
    instantCount: occurrence.count,
    maxActive: fire.maxActive,
  } as const;
  insertRun(connection, run, now);
}

type Verdict = { readonly status: 'queued' | 'skipped' | 'missed'; readonly reason?: RunReason };

/** A pause or another active run that came between the caller's look and this transaction has the last word. */
function verdictOf(connection: Connection, occurrence: DueOccurrence, { fire, state, now }: Firing): Verdict {
  if (occurrence.verdict !== 'run') return { status: occurrence.verdict, reason: occurrence.reason };
  if (state.paused) return { status: 'skipped', reason: 'paused' };
  if (hasInstant(connection, fire.automation, occurrence.instant)) return { status: 'queued' };
  return makeWay(connection, fire, now) ? { status: 'queued' } : { status: 'skipped', reason: 'overlap' };
}

/** Index `runs_instant`: an instant that has its row already must not cancel others for itself. */
function hasInstant(connection: Connection, automation: string, instant: number): boolean {
  return connection.get('SELECT 1 FROM runs WHERE automation = ? AND instant = ?', automation, instant) !== undefined;
}
