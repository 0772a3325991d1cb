import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/ports/clock.ts';

/** Timers beyond 2^31-1 ms fire at once, so longer sleeps are cut (callers look at the clock again anyway). */
const LONGEST_TIMER_MS = 2_147_000_000;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    if (signal?.aborted) return;
    await delay(Math.min(Math.max(0, ms), LONGEST_TIMER_MS), undefined, { signal }).catch(() => {});
  },
};
