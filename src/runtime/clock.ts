import type { Clock } from '../domain/ports/clock.ts';

/** Timers beyond 2^31-1 ms fire at once, so longer sleeps are cut (callers look at the clock again anyway). */
const LONGEST_TIMER_MS = 2_147_000_000;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // Most sleeps are ended early, and those of `timers/promises` would make an error for each.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
      signal?.addEventListener('abort', done, { once: true });
    }),
};
