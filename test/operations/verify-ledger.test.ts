import { describe, expect, it } from 'vitest';
import { NO_USAGE, type Run } from '../../src/domain/run.ts';
import { proveAccount } from '../../src/operations/verify-ledger.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5, 9);
const at = (hour: number) => START + hour * HOUR;

function row(instant: number, given: Partial<Run> = {}): Run {
  return {
    id: `run_${instant}`,
    automation: 'digest',
    trigger: 'cron',
    status: 'succeeded',
    instant,
    instantCount: 1,
    availableAt: 0,
    createdAt: instant,
    attempt: 1,
    interruptions: 0,
    fence: 1,
    maxActive: 1,
    cancelRequested: false,
    usage: NO_USAGE,
    costUsd: 0,
    steps: 0,
    toolCalls: 0,
    refusals: 0,
    writesSent: 0,
    ...given,
  };
}

/** Proves against the full hours from the first row through `firedThrough`. */
function prove(rows: readonly Run[], firedThrough: number) {
  const first = rows[0]?.instant ?? firedThrough + 1;
  const instants = Array.from({ length: 24 }, (_, hour) => at(hour)).filter(
    (one) => one >= first && one <= firedThrough,
  );
  return proveAccount('digest', rows, instants);
}

describe('the proof of a ledger', () => {
  it('holds when every instant has exactly one row, ranges included', () => {
    const rows = [
      row(at(0)),
      row(at(1), { status: 'failed' }),
      row(at(2), { status: 'skipped', instantTo: at(4), instantCount: 3 }),
      row(at(5), { status: 'missed', instantTo: at(6), instantCount: 2 }),
      row(at(7), { status: 'queued' }),
    ];
    expect(prove(rows, at(7))).toEqual({ ok: true, instants: 8, runs: 3, skipped: 3, missed: 2, problems: [] });
  });

  it('names an instant that has no row, in the middle and at the end', () => {
    const proof = prove([row(at(0)), row(at(2))], at(3));
    expect(proof.ok).toBe(false);
    expect(proof.problems).toEqual([
      'digest: 2026-01-05T10:00:00.000Z has no row',
      'digest: 2026-01-05T12:00:00.000Z has no row',
    ]);
  });

  it('names an instant that two rows account for', () => {
    const proof = prove([row(at(0), { status: 'skipped', instantTo: at(2), instantCount: 3 }), row(at(2))], at(2));
    expect(proof.problems).toContain(`digest: 2026-01-05T11:00:00.000Z is accounted for twice, again by run_${at(2)}`);
  });

  it('names a range that counts wrong', () => {
    const proof = prove([row(at(0), { status: 'missed', instantTo: at(3), instantCount: 3 })], at(3));
    expect(proof.problems).toEqual([`digest: run_${at(0)} counts 3 instants, there are 4`]);
  });

  it('begins with the definition in force: rows of an older one do not fit its instants', () => {
    const proof = prove([row(at(0) + 60_000), row(at(1) + 60_000), row(at(2)), row(at(3))], at(3));
    expect(proof).toMatchObject({ ok: true, instants: 2, runs: 2 });
  });

  it('is empty for a schedule that has not fired yet', () => {
    expect(prove([], at(0))).toEqual({ ok: true, instants: 0, runs: 0, skipped: 0, missed: 0, problems: [] });
  });
});
