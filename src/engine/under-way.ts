import type { Clock } from '../domain/ports/clock.ts';

/** Work that a service has begun and not yet finished. */
export interface UnderWay {
  readonly size: number;
  /** Remembers it until it is over; then whoever asked to be woken is. */
  track<T>(work: Promise<T>): Promise<T>;
  wakeOn(poke: () => void): () => void;
  /** Waits until nothing is under way, at most that long. */
  finishWithin(ms: number): Promise<void>;
}

export function createUnderWay(clock: Clock): UnderWay {
  const works = new Set<Promise<unknown>>();
  const pokes = new Set<() => void>();
  return {
    get size() {
      return works.size;
    },
    track: (work) => {
      const tracked = work.finally(() => {
        works.delete(tracked);
        for (const poke of pokes) poke();
      });
      works.add(tracked);
      return tracked;
    },
    wakeOn: (poke) => {
      pokes.add(poke);
      return () => pokes.delete(poke);
    },
    finishWithin: async (ms) => {
      const over = new AbortController();
      const all = finish(works).finally(() => over.abort());
      await Promise.race([all, clock.sleep(ms, over.signal)]);
    },
  };
}

/** What ends may begin something else: look again until nothing is left. */
async function finish(works: ReadonlySet<Promise<unknown>>): Promise<void> {
  while (works.size > 0) await Promise.allSettled(works);
}
