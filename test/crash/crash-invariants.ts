import { expect } from 'vitest';
import type { CrashTrial } from './crash-trial.ts';

/** What the checks counted, for the figures that a sweep prints. */
export interface Figures {
  readonly posted: number;
  readonly accepted: number;
  readonly lost: number;
  readonly duplicateRuns: number;
  readonly deliveriesSeen: number;
  readonly deliveriesDeduplicated: number;
  readonly writesSent: number;
  readonly unsafeInterrupted: number;
  readonly cronInstants: number;
}

/** Checks I7–I11 and I16 on a settled trial by what arrived at the upstreams and what the API says. */
export async function checkInvariants(trial: CrashTrial): Promise<Figures> {
  const runs = await trial.runs();
  const byEvent = groupBy(
    runs.filter(({ trigger }) => trigger === 'webhook'),
    eventOf,
  );
  const lost = [...trial.accepted].filter((id) => !byEvent.has(id));
  const duplicated = [...byEvent].filter(([, rows]) => rows.length > 1);
  expect(lost, 'I7: every accepted event has its run').toEqual([]);
  expect(duplicated, 'I7, I8: no event has two runs').toEqual([]);

  const instants = runs.filter(({ instant }) => instant !== null).map(({ instant }) => instant);
  expect(new Set(instants).size, 'I8: one run per instant').toBe(instants.length);

  for (const [key, times] of trial.upstreams.writes) expect(times, `I9: write ${key} sent once`).toBe(1);
  const writers = runs.filter(({ automation }) => automation === 'writer');
  for (const run of writers) {
    expect(run.writes.length, `I9: ${run.id} wrote at most once`).toBeLessThanOrEqual(1);
    if (run.status === 'succeeded') expect(run.writes.map(({ outcome }) => outcome)).toEqual(['applied']);
    else expect([run.status, run.reason]).toEqual(['failed', 'interrupted']);
  }

  for (const run of runs) {
    expect(['succeeded', 'failed', 'skipped', 'missed'], `I11: ${run.id} is over`).toContain(run.status);
    const results = run.deliveries.filter(({ kind }) => kind === 'result');
    if (run.status !== 'succeeded') continue;
    expect(
      results.map(({ status }) => status),
      `I10: ${run.id} was delivered`,
    ).toEqual(['delivered']);
    const arrived = trial.upstreams.results.get(run.id) ?? new Map();
    expect([...arrived.keys()], 'I10: all attempts carry one id').toEqual(results.map(({ id }) => id));
  }

  const seen = [...trial.upstreams.results.values()].flatMap((byId) => [...byId.values()]);
  const arrivals = seen.reduce((sum, times) => sum + times, 0);
  return {
    posted: trial.posted.size,
    accepted: trial.accepted.size,
    lost: lost.length,
    duplicateRuns: duplicated.length,
    deliveriesSeen: arrivals,
    deliveriesDeduplicated: arrivals - seen.length,
    writesSent: trial.upstreams.writes.size,
    unsafeInterrupted: writers.filter(({ status }) => status === 'failed').length,
    cronInstants: instants.length,
  };
}

export function addFigures(left: Figures | undefined, right: Figures): Figures {
  if (!left) return right;
  const keys = Object.keys(right) as (keyof Figures)[];
  return Object.fromEntries(keys.map((key) => [key, left[key] + right[key]])) as unknown as Figures;
}

function eventOf({ event }: { readonly event: string | null }): string {
  return (JSON.parse(event ?? '{}') as { id?: string }).id ?? 'none';
}

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}
