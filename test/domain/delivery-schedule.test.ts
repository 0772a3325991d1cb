import { describe, expect, it } from 'vitest';
import { isRetryableDelivery, nextAttemptAt, retryAfterSeconds } from '../../src/domain/delivery-schedule.ts';

const NOW = Date.UTC(2026, 0, 5, 9);
const failure = { ok: false, retryable: true, error: 'HTTP 500' } as const;

describe('the pace of deliveries', () => {
  it('makes five attempts: at 0 s, 30 s, 2 min, 10 min and 1 h', () => {
    const at: number[] = [0];
    for (let attempts = 1; ; attempts += 1) {
      const next = nextAttemptAt(attempts, failure, NOW + (at.at(-1) ?? 0));
      if (next === undefined) break;
      at.push(next - NOW);
    }
    expect(at).toEqual([0, 30_000, 120_000, 600_000, 3_600_000]);
  });

  it('gives up at once when the target refused what was sent', () => {
    expect(nextAttemptAt(1, { ...failure, retryable: false }, NOW)).toBeUndefined();
  });

  it('waits as long as Retry-After says, at most a day, and never less than the pace', () => {
    const delayed = (retryAfterSeconds: number) => nextAttemptAt(1, { ...failure, retryAfterSeconds }, NOW);
    expect(delayed(90)).toBe(NOW + 90_000);
    expect(delayed(5)).toBe(NOW + 30_000);
    expect(delayed(999_999_999)).toBe(NOW + 86_400_000);
  });

  it('reads Retry-After as seconds or as an HTTP date and ignores everything else', () => {
    expect(retryAfterSeconds('120', NOW)).toBe(120);
    expect(retryAfterSeconds('Mon, 05 Jan 2026 09:01:30 GMT', NOW)).toBe(90);
    expect(retryAfterSeconds('999999999', NOW)).toBe(86_400);
    const garbage = ['-5', 'abc', '', '1e9', '1, 2', 'Thu, 01 Jan 1970 00:00:00 GMT', '2026-01-06', undefined];
    expect(garbage.map((header) => retryAfterSeconds(header, NOW))).toEqual(garbage.map(() => undefined));
  });

  it('tries 408, 429, 5xx and redirects again, and no other 4xx', () => {
    const retried = [301, 302, 307, 308, 408, 429, 500, 502, 503, 529];
    const final = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 425, 451];
    expect(retried.filter((status) => !isRetryableDelivery(status))).toEqual([]);
    expect(final.filter(isRetryableDelivery)).toEqual([]);
  });
});
