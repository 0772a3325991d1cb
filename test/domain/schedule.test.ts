import { describe, expect, it } from 'vitest';
import { checkSchedule, firesBetween, nextFire } from '../../src/domain/schedule.ts';
import { clockChanges, offsetMinutes, ZONES } from './second-opinion.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 0, 1);

function fires(expression: string, timezone: string, span: readonly [string, string]): string[] {
  const [from, to] = span.map((text) => Date.parse(text));
  const found = firesBetween({ expression, timezone }, { from: (from ?? 0) - 1, to: to ?? 0 });
  return [...found].map((at) => new Date(at).toISOString().slice(5, 16));
}

describe('fixed times on the days when clocks change', () => {
  it('fire once in the spring gap, at the first valid moment after it', () => {
    const span = ['2026-03-08T00:00Z', '2026-03-09T04:00Z'] as const;
    expect(fires('30 2 * * *', 'America/New_York', span)).toEqual(['03-08T07:00']);
    expect(fires('0,15,30 2 * * *', 'America/New_York', span)).toEqual(['03-08T07:00']);
    expect(fires('30 1,2,3 * * *', 'America/New_York', span)).toEqual(['03-08T06:30', '03-08T07:00', '03-08T07:30']);
    expect(fires('0 0 * * *', 'America/Santiago', ['2026-09-05T12:00Z', '2026-09-06T12:00Z'])).toEqual(['09-06T04:00']);
  });

  it('fire once in the autumn overlap, at the first', () => {
    expect(fires('30 1 * * *', 'Europe/London', ['2026-10-25T00:00Z', '2026-10-26T00:00Z'])).toEqual(['10-25T00:30']);
    expect(fires('30 1,2 * * *', 'America/New_York', ['2026-11-01T04:00Z', '2026-11-02T04:00Z'])).toEqual([
      '11-01T05:30',
      '11-01T07:30',
    ]);
  });

  it('give the same answer from every moment before the instant', () => {
    const schedule = { expression: '30 1 * * *', timezone: 'Europe/London' };
    const next = Date.parse('2026-10-26T01:30Z');
    for (let after = Date.parse('2026-10-25T00:30Z'); after < next; after += 7 * MINUTE) {
      expect(nextFire(schedule, after)).toBe(next);
    }
  });
});

describe('wildcards, steps and ranges on the days when clocks change', () => {
  it('follow elapsed time through both', () => {
    const spring = ['2026-03-08T06:00Z', '2026-03-08T08:00Z'] as const;
    expect(fires('*/30 * * * *', 'America/New_York', spring)).toEqual([
      '03-08T06:00',
      '03-08T06:30',
      '03-08T07:00',
      '03-08T07:30',
      '03-08T08:00',
    ]);
    expect(fires('30 2-3 * * *', 'America/New_York', spring)).toEqual(['03-08T07:30']);
    const autumn = ['2026-11-01T05:00Z', '2026-11-01T07:00Z'] as const;
    expect(fires('30 * * * *', 'America/New_York', autumn)).toEqual(['11-01T05:30', '11-01T06:30']);
    expect(fires('30 1-2 * * *', 'America/New_York', autumn)).toEqual(['11-01T05:30', '11-01T06:30']);
  });

  it('fire at every minute whose wall time fits, in every zone, around every change', () => {
    const patterns = [
      { expression: '*/15 * * * *', fits: (_: number, minute: number) => minute % 15 === 0 },
      {
        expression: '10-20/5 1-3 * * *',
        fits: (hour: number, minute: number) => hour >= 1 && hour <= 3 && [10, 15, 20].includes(minute),
      },
      { expression: '5 */2 * * *', fits: (hour: number, minute: number) => hour % 2 === 0 && minute === 5 },
    ];
    for (const timezone of ZONES) {
      for (const change of clockChanges(timezone)) {
        for (const { expression, fits } of patterns) {
          const [from, to] = [change - 5 * HOUR, change + 5 * HOUR];
          const expected: number[] = [];
          for (let at = from + MINUTE; at <= to; at += MINUTE) {
            const wall = new Date(at + offsetMinutes(timezone, at) * MINUTE);
            if (fits(wall.getUTCHours(), wall.getUTCMinutes())) expected.push(at);
          }
          expect([...firesBetween({ expression, timezone }, { from, to })], `${expression} ${timezone}`).toEqual(
            expected,
          );
        }
      }
    }
  });

  it('fixed times fire once a day in every zone around every change', () => {
    for (const timezone of ZONES) {
      for (const change of clockChanges(timezone)) {
        for (const expression of ['0 0 * * *', '30 1 * * *', '15 2 * * *', '0 3 * * *', '45 23 * * *']) {
          const [from, to] = [change - 72 * HOUR, change + 72 * HOUR];
          const days = [...firesBetween({ expression, timezone }, { from, to })].map((at) =>
            new Date(at + offsetMinutes(timezone, at) * MINUTE).toISOString().slice(0, 10),
          );
          const dates = new Set(days);
          expect(days.length, `${expression} ${timezone}: ${days}`).toBe(dates.size);
          for (let day = -1; day <= 1; day += 1) {
            const date = new Date(change + day * 24 * HOUR + offsetMinutes(timezone, change) * MINUTE);
            expect(dates, `${expression} ${timezone}`).toContain(date.toISOString().slice(0, 10));
          }
        }
      }
    }
  });
});

describe('a schedule', () => {
  it('may have a seconds field, a name, L and #', () => {
    expect(fires('15,45 0 9 * * *', 'UTC', ['2026-01-01T00:00Z', '2026-01-02T00:00Z'])).toHaveLength(2);
    expect(fires('@daily', 'Asia/Kathmandu', ['2026-01-01T00:00Z', '2026-01-02T00:00Z'])).toEqual(['01-01T18:15']);
    expect(fires('0 0 L * *', 'UTC', ['2026-02-01T00:00Z', '2026-03-01T00:00Z'])).toEqual(['02-28T00:00']);
    expect(fires('0 9 * * 1#2', 'UTC', ['2026-01-01T00:00Z', '2026-02-01T00:00Z'])).toEqual(['01-12T09:00']);
  });

  it('fires strictly after the given moment, to the millisecond', () => {
    const schedule = { expression: '0 9 * * *', timezone: 'UTC' };
    const nine = Date.UTC(2026, 0, 1, 9);
    expect(nextFire(schedule, nine - 1)).toBe(nine);
    expect(nextFire(schedule, nine)).toBe(nine + 24 * HOUR);
    expect(nextFire(schedule, nine - 500)).toBe(nine);
  });

  it('yields at most as many instants as asked for', () => {
    const schedule = { expression: '* * * * *', timezone: 'UTC' };
    expect([...firesBetween(schedule, { from: NOW, to: NOW + HOUR, limit: 3 })]).toHaveLength(3);
    expect([...firesBetween(schedule, { from: NOW, to: NOW + HOUR, limit: 0 })]).toHaveLength(0);
  });

  it('is refused with a sentence when it cannot be read, never fires or names no zone', () => {
    const check = (expression: string, timezone = 'UTC') => checkSchedule({ expression, timezone }, NOW);
    const message = (expression: string, timezone?: string) => {
      const result = check(expression, timezone);
      return result.ok ? '' : result.message;
    };
    expect(check('0 0 29 2 *')).toEqual({ ok: true });
    expect(message('0 0 30 2 *')).toBe('schedule "0 0 30 2 *" never fires: no date fits all of its fields');
    expect(message('0 25 * * *')).toBe('schedule "0 25 * * *" cannot be read: Invalid value for hour: 25');
    expect(message('* * * * * * *')).toContain('cannot be read');
    expect(message('2026-01-01T00:00:00')).toContain('a schedule has 5 fields (6 with seconds), not a date');
    expect(message('@reboot')).toContain('cannot be read');
    expect(message('0 9 * * *', 'Europe/Berln')).toBe(
      'timezone "Europe/Berln" is unknown: expected an IANA name like "Europe/Berlin"',
    );
    expect(message('0 9 * * *', '+02:00')).toContain('expected an IANA name');
  });

  it('is not kept in memory once its instant is known', () => {
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 2000; index += 1) {
      const expression = `${index % 60} ${Math.floor(index / 60) % 24} ${1 + (index % 28)} * *`;
      nextFire({ expression, timezone: 'UTC' }, NOW);
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });
});
