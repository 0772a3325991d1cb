import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MissedPolicy } from '../../src/domain/automation.ts';
import { type Account, accountFor } from '../../src/domain/missed.ts';
import { firesBetween } from '../../src/domain/schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text: string) => Date.parse(`2026-03-02T${text}Z`);

const hourly = { expression: '0 * * * *', timezone: 'UTC' };
const daily = { expression: '0 9 * * *', timezone: 'UTC' };
const DEFAULT: MissedPolicy = { policy: 'latest' };

function account(schedule: typeof hourly, missed: MissedPolicy, nextFire: number, now: number, paused = false) {
  return accountFor({ schedule, missed, paused }, { nextFire, now, limit: 1000 });
}

function verdicts({ occurrences }: Account) {
  return occurrences.map(({ verdict, reason, count = 1 }) =>
    [verdict, reason, count].filter((part) => part !== undefined),
  );
}

describe('instants that passed', () => {
  it('runs an instant that is handled on time, whatever the policy', () => {
    for (const policy of ['skip', 'latest', 'all'] as const) {
      const result = account(hourly, { policy }, at('10:00'), at('10:00:59'));
      expect(verdicts(result)).toEqual([['run', 1]]);
      expect(result.nextFire).toBe(at('11:00'));
      expect(result.firedThrough).toBe(at('10:00'));
    }
  });

  it('runs the latest of several by default, the others are one missed range', () => {
    const result = account(hourly, DEFAULT, at('06:00'), at('10:20'));
    expect(result.occurrences).toEqual([
      { instant: at('06:00'), instantTo: at('09:00'), count: 4, verdict: 'missed', reason: 'policy' },
      { instant: at('10:00'), verdict: 'run' },
    ]);
  });

  it('misses the latest too when more than half a period has passed', () => {
    expect(verdicts(account(hourly, DEFAULT, at('09:00'), at('10:30')))).toEqual([
      ['missed', 'policy', 1],
      ['run', 1],
    ]);
    expect(verdicts(account(hourly, DEFAULT, at('09:00'), at('10:31')))).toEqual([['missed', 'policy', 2]]);
  });

  it('looks back at most two hours by default, however long the period is', () => {
    expect(verdicts(account(daily, DEFAULT, at('09:00'), at('11:00')))).toEqual([['run', 1]]);
    expect(verdicts(account(daily, DEFAULT, at('09:00'), at('11:01')))).toEqual([['missed', 'policy', 1]]);
  });

  it('looks back as far as withinMinutes says', () => {
    const policy = { policy: 'latest', withinMinutes: 600 } as const;
    expect(verdicts(account(daily, policy, at('09:00'), at('19:00')))).toEqual([['run', 1]]);
    expect(verdicts(account(daily, policy, at('09:00'), at('19:01')))).toEqual([['missed', 'policy', 1]]);
  });

  it('skips every late one when the policy says so', () => {
    expect(verdicts(account(hourly, { policy: 'skip' }, at('06:00'), at('10:20')))).toEqual([['missed', 'policy', 5]]);
  });

  it('runs all of the last day, or of withinMinutes', () => {
    const policy = { policy: 'all' } as const;
    expect(verdicts(account(hourly, policy, at('06:00'), at('08:20')))).toEqual([
      ['run', 1],
      ['run', 1],
      ['run', 1],
    ]);
    expect(verdicts(account(hourly, policy, at('06:00') - 26 * HOUR, at('06:00')))[0]).toEqual(['missed', 'policy', 2]);
    const within = { policy: 'all', withinMinutes: 90 } as const;
    expect(verdicts(account(hourly, within, at('06:00'), at('08:20')))).toEqual([
      ['missed', 'policy', 1],
      ['run', 1],
      ['run', 1],
    ]);
  });

  it('skips all of a pause, also those on time', () => {
    const result = accountFor(
      { schedule: hourly, missed: { policy: 'all' }, paused: true },
      { nextFire: at('06:00'), now: at('08:00'), limit: 10 },
    );
    expect(result.occurrences).toEqual([
      { instant: at('06:00'), instantTo: at('08:00'), count: 3, verdict: 'skipped', reason: 'paused' },
    ]);
  });

  it('accounts for each instant exactly once wherever the limit cuts', () => {
    const policies = fc.constantFrom<MissedPolicy>(
      { policy: 'skip' },
      { policy: 'latest' },
      { policy: 'latest', withinMinutes: 7 },
      { policy: 'all', withinMinutes: 45 },
    );
    const schedule = { expression: '*/7 * * * *', timezone: 'Europe/London' };
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 300 }),
        (missed, limit, minutes) => {
          const start = at('00:00');
          const now = start + minutes * MINUTE + 13_000;
          const rules = { schedule, missed, paused: false };
          const whole = accountFor(rules, { nextFire: start, now, limit: 1000 });
          const pieces: Account[] = [];
          let next: number | undefined = start;
          while (next !== undefined && next <= now) {
            const piece = accountFor(rules, { nextFire: next, now, limit });
            pieces.push(piece);
            next = piece.nextFire;
          }
          const runs = (accounts: readonly Account[]) =>
            accounts.flatMap(({ occurrences }) => occurrences.filter(({ verdict }) => verdict === 'run'));
          expect(runs(pieces)).toEqual(runs([whole]));
          const count = pieces
            .flatMap(({ occurrences }) => occurrences)
            .reduce((sum, one) => sum + (one.count ?? 1), 0);
          expect(count).toBe([...firesBetween(schedule, { from: start - 1, to: now })].length);
        },
      ),
      { numRuns: 60 },
    );
  });
});
