import { setMaxListeners } from 'node:events';
import type { Clock } from '../domain/ports/clock.ts';
import type { StopReason } from '../domain/ports/session.ts';

export type StopCause = StopReason | 'timeout' | 'ended';

/** The end of a session, whoever calls it: after it no request leaves. */
export interface Stop {
  readonly signal: AbortSignal;
  /** Undefined while the session goes on. */
  cause(): StopCause | undefined;
  /** The first cause counts. */
  because(cause: StopCause): void;
  /** The promise's value, or undefined as soon as the session is stopped; never waits for work that ignores the signal. */
  race<T>(work: Promise<T>): Promise<T | undefined>;
}

const REASONS: readonly StopReason[] = ['cancelled', 'lease_lost', 'drain'];

/** A reason that is there already: every run ends with one. */
const ENDED = Object.assign(new Error('the session is over'), { name: 'AbortError' });

/** Stops when `outside` aborts (its reason is the cause) or when `timeoutSeconds` have passed on the monotonic clock. */
export function createStop(outside: AbortSignal, clock: Clock, timeoutSeconds: number): Stop {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  let cause: StopCause | undefined;
  const because = (next: StopCause) => {
    cause ??= next;
    controller.abort(ENDED);
  };
  const follow = () => because(reasonOf(outside));
  if (outside.aborted) follow();
  outside.addEventListener('abort', follow, { once: true });
  controller.signal.addEventListener('abort', () => outside.removeEventListener('abort', follow), { once: true });
  void clock.sleep(timeoutSeconds * 1000, controller.signal).then(() => because('timeout'));
  return { signal: controller.signal, cause: () => cause, because, race: (work) => race(work, controller.signal) };
}

/** The promise's value, or undefined when the signal aborts first; a rejection that comes later is dropped. */
export function race<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) {
    work.catch(() => undefined);
    return Promise.resolve(undefined);
  }
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function reasonOf(signal: AbortSignal): StopReason {
  return REASONS.find((reason) => reason === signal.reason) ?? 'cancelled';
}
