import type { Schedule } from '../domain/automation.ts';
import type { Run } from '../domain/run.ts';
import { firesBetween } from '../domain/schedule.ts';
import { isoTime } from './iso-time.ts';
import type { LedgerProof, Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';

const DAY_MS = 86_400_000;

/** More problems than this are counted, not told. */
const TOLD_PROBLEMS = 100;

const INSTANTS_AT_ONCE = 200;

/**
 * Recomputes the instants of every schedule and compares them with the rows: each must be exactly one of run, skipped
 * or missed. The account of a schedule begins where the file named it, with its first row; rows of an older definition are only checked for
 * doubles.
 */
export function verifyLedger({ database, bundles, clock }: OperationsPorts): Operations['verifyLedger'] {
  return async ({ days }) => {
    const proofs: LedgerProof[] = [];
    for (const { name, schedule } of bundles.active().automations.values()) {
      const { firedThrough, accountedFrom = 0 } = await database.getAutomationState(name);
      if (!schedule || firedThrough === undefined) continue;
      const from = Math.max(accountedFrom, clock.now() - days * DAY_MS);
      const rows = await database.listOccurrences(name, from, firedThrough);
      const first = rows[0]?.instant ?? firedThrough;
      proofs.push(proveAccount(name, rows, await instantsOf(schedule, { from: first - 1, to: firedThrough })));
    }
    return sum(proofs);
  };
}

/** A month of minutes takes seconds to compute, so others get their turn in between. */
async function instantsOf(schedule: Schedule, span: { readonly from: number; readonly to: number }) {
  const instants: number[] = [];
  for (const instant of firesBetween(schedule, span)) {
    instants.push(instant);
    if (instants.length % INSTANTS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return instants;
}

/** Proves one schedule's account: its rows, and the instants from the first row on, both oldest first. */
export function proveAccount(automation: string, rows: readonly Run[], instants: readonly number[]): LedgerProof {
  const known = new Set(instants);
  const current = rows.slice(rows.findLastIndex((row) => !isOnGrid(row, known)) + 1);
  const begins = current[0]?.instant ?? Number.POSITIVE_INFINITY;
  const due = instants.filter((instant) => instant >= begins);
  const problems = [
    ...doubles(automation, rows),
    ...gaps(automation, due, current),
    ...miscounted(automation, due, current),
  ];
  const counted = (statuses: readonly string[]) =>
    current.filter(({ status }) => statuses.includes(status)).reduce((total, row) => total + row.instantCount, 0);
  const skipped = counted(['skipped']);
  const missed = counted(['missed']);
  return {
    ok: problems.length === 0,
    instants: due.length,
    runs: current.reduce((total, row) => total + row.instantCount, 0) - skipped - missed,
    skipped,
    missed,
    problems: problems.slice(0, TOLD_PROBLEMS),
  };
}

function isOnGrid({ instant, instantTo }: Run, known: ReadonlySet<number>): boolean {
  return instant !== undefined && known.has(instant) && (instantTo === undefined || known.has(instantTo));
}

/** Instants that more than one row accounts for; rows are in order, so only neighbours can meet. */
function doubles(automation: string, rows: readonly Run[]): string[] {
  const problems: string[] = [];
  let through = Number.NEGATIVE_INFINITY;
  for (const { id, instant = 0, instantTo = instant } of rows) {
    if (instant <= through) problems.push(`${automation}: ${isoTime(instant)} is accounted for twice, again by ${id}`);
    through = Math.max(through, instantTo);
  }
  return problems;
}

function gaps(automation: string, due: readonly number[], rows: readonly Run[]): string[] {
  let row = 0;
  return due
    .filter((instant) => {
      while (row < rows.length && endOf(rows[row]) < instant) row += 1;
      const start = rows[row]?.instant;
      return start === undefined || start > instant;
    })
    .map((instant) => `${automation}: ${isoTime(instant)} has no row`);
}

/** Ranges that say another number of instants than lie in them. */
function miscounted(automation: string, due: readonly number[], rows: readonly Run[]): string[] {
  let position = 0;
  return rows.flatMap((row) => {
    while ((due[position] ?? Number.POSITIVE_INFINITY) < (row.instant ?? 0)) position += 1;
    const begin = position;
    while ((due[position] ?? Number.POSITIVE_INFINITY) <= endOf(row)) position += 1;
    const count = position - begin;
    return count === row.instantCount
      ? []
      : [`${automation}: ${row.id} counts ${row.instantCount} instants, there are ${count}`];
  });
}

function endOf(row: Run | undefined): number {
  return row?.instantTo ?? row?.instant ?? Number.POSITIVE_INFINITY;
}

function sum(proofs: readonly LedgerProof[]): LedgerProof {
  const total = (field: 'instants' | 'runs' | 'skipped' | 'missed') =>
    proofs.reduce((count, proof) => count + proof[field], 0);
  return {
    ok: proofs.every(({ ok }) => ok),
    instants: total('instants'),
    runs: total('runs'),
    skipped: total('skipped'),
    missed: total('missed'),
    problems: proofs.flatMap(({ problems }) => problems).slice(0, TOLD_PROBLEMS),
  };
}
