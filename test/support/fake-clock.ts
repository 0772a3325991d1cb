import type { Clock } from '../../src/domain/ports/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that moves only when told; sleepers wake in order as time passes them. */
export class FakeClock implements Clock {
  #now: number;
  #monotonic = 0;
  #sleepers: Sleeper[] = [];

  constructor(start = Date.UTC(2026, 0, 5, 9, 0, 0)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { until: this.#monotonic + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Time passes: both clocks move, sleepers whose time has come wake. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    for (;;) {
      this.#sleepers.sort((a, b) => a.until - b.until);
      const next = this.#sleepers[0];
      if (!next || next.until > end) break;
      this.#sleepers.shift();
      this.#now += next.until - this.#monotonic;
      this.#monotonic = next.until;
      next.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now += end - this.#monotonic;
    this.#monotonic = end;
  }

  /** The wall clock is set, as an operator or NTP does; the monotonic one does not notice. */
  jump(ms: number): void {
    this.#now += ms;
  }
}
