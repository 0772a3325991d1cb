import type { MissedPolicy, Schedule } from './automation.ts';
import type { Occurrence } from './ports/run-queue.ts';
import { firesBetween, nextFire } from './schedule.ts';

/** An instant that is handled within this time is on time, whatever the policy: a tick or a quick restart is no outage. */
export const ON_TIME_MS = 60_000;

/** `latest` without `withinMinutes` reaches back half a period, at most this far. */
export const DEFAULT_LATEST_WITHIN_MINUTES = 120;

/** `all` without `withinMinutes` reaches back this far. */
export const DEFAULT_ALL_WITHIN_MINUTES = 1440;

export interface Account {
  /** What became of each instant, oldest first; neighbours that did not run share a range. */
  readonly occurrences: readonly Occurrence[];
  /** The first instant that is not in `occurrences`; it may be due already when `limit` was reached. */
  readonly nextFire: number | undefined;
  readonly firedThrough: number;
}

/**
 * Accounts for every instant from `due.nextFire` up to `due.now`, at most `limit` of them: while paused all are
 * `skipped(paused)`, those on time run, and late ones (the runtime was down, the clock jumped) follow the policy.
 * Each verdict depends on the instant, the one after it and `now` alone, so it does not matter where the limit cuts.
 */
export function accountFor(
  rules: { readonly schedule: Schedule; readonly missed: MissedPolicy; readonly paused: boolean },
  due: { readonly nextFire: number; readonly now: number; readonly limit: number },
): Account {
  const { schedule, missed, paused } = rules;
  const { now, limit } = due;
  const instants = [...firesBetween(schedule, { from: due.nextFire, to: now, limit: limit - 1 })];
  const all = [due.nextFire, ...instants];
  const last = all.at(-1) ?? due.nextFire;
  const following = nextFire(schedule, last);
  const occurrences = all.map((instant, index): Occurrence => {
    if (paused) return { instant, verdict: 'skipped', reason: 'paused' };
    const runs = isToRun(missed, { instant, following: all[index + 1] ?? following, now });
    return runs ? { instant, verdict: 'run' } : { instant, verdict: 'missed', reason: 'policy' };
  });
  return { occurrences: joinNeighbours(occurrences), nextFire: following, firedThrough: last };
}

interface DueInstant {
  readonly instant: number;
  readonly following: number | undefined;
  readonly now: number;
}

function isToRun(missed: MissedPolicy, due: DueInstant): boolean {
  const { instant, following, now } = due;
  if (now - instant <= ON_TIME_MS) return true;
  if (now - instant > reachOf(missed, due) * 60_000) return false;
  switch (missed.policy) {
    case 'skip':
      return false;
    case 'latest':
      return following === undefined || following > now;
    case 'all':
      return true;
  }
}

/** Minutes that the policy looks back. */
function reachOf({ policy, withinMinutes }: MissedPolicy, { instant, following }: DueInstant): number {
  if (withinMinutes !== undefined) return withinMinutes;
  if (policy === 'all') return DEFAULT_ALL_WITHIN_MINUTES;
  const halfPeriod = following === undefined ? Number.POSITIVE_INFINITY : (following - instant) / 2 / 60_000;
  return Math.min(halfPeriod, DEFAULT_LATEST_WITHIN_MINUTES);
}

function joinNeighbours(occurrences: readonly Occurrence[]): readonly Occurrence[] {
  const joined: Occurrence[] = [];
  for (const next of occurrences) {
    const last = joined.at(-1);
    const joins = last && last.verdict === next.verdict && last.reason === next.reason && next.verdict !== 'run';
    if (joins) joined[joined.length - 1] = { ...last, instantTo: next.instant, count: (last.count ?? 1) + 1 };
    else joined.push(next);
  }
  return joined;
}
