import { describe, expect, it } from 'vitest';
import { createRateLimits } from '../../src/operations/rate-limits.ts';

const RATE = { perMinute: 60, burst: 3 };

function given(maxKeys?: number) {
  const time = { ms: 0 };
  return { time, limits: createRateLimits(() => time.ms, maxKeys) };
}

describe('rate limits', () => {
  it('let a burst through and then one each interval', () => {
    const { time, limits } = given();
    expect([1, 2, 3, 4].map(() => limits.take('hook', RATE))).toEqual([0, 0, 0, 1]);
    time.ms = 1000;
    expect([1, 2].map(() => limits.take('hook', RATE))).toEqual([0, 1]);
  });

  it('keep keys apart', () => {
    const { limits } = given();
    for (let taken = 0; taken < 3; taken++) limits.take('one', RATE);
    expect(limits.take('one', RATE)).toBeGreaterThan(0);
    expect(limits.take('other', RATE)).toBe(0);
  });

  it('say the seconds until there is room again', () => {
    const { limits } = given();
    const slow = { perMinute: 2, burst: 1 };
    expect(limits.take('hook', slow)).toBe(0);
    expect(limits.take('hook', slow)).toBe(30);
  });

  it('take nothing when only asked', () => {
    const { limits } = given();
    for (let asked = 0; asked < 10; asked++) expect(limits.peek('hook', RATE)).toBe(0);
    expect(limits.take('hook', RATE)).toBe(0);
  });

  it('never hold more than the burst, however long nobody came', () => {
    const { time, limits } = given();
    limits.take('hook', RATE);
    time.ms = 3_600_000;
    expect([1, 2, 3, 4].map(() => limits.take('hook', RATE))).toEqual([0, 0, 0, 1]);
  });

  it('forget the key that was used longest ago when there are too many', () => {
    const { limits } = given(2);
    const single = { perMinute: 60, burst: 1 };
    for (const key of ['a', 'b', 'a', 'c']) limits.take(key, single);
    expect(limits.peek('a', single)).toBeGreaterThan(0);
    expect(limits.peek('b', single)).toBe(0);
  });
});
