import type { Connection } from './connection.ts';

/** Once it was full, the queue is measured again at most this often. */
const MEASURE_MS = 250;

/** How many bytes of events wait: an upper bound, measured anew only when it says that there is no room. */
export interface QueueBytes {
  /** Whether an event of so many bytes may wait, too; counts it when it may. */
  fits(bytes: number, limit: number, now: number): boolean;
}

export function createQueueBytes(connection: Connection): QueueBytes {
  let atMost: number | undefined;
  let measuredAt = 0;
  const measure = (now: number) => {
    measuredAt = now;
    return measureQueue(connection);
  };
  return {
    fits: (bytes, limit, now) => {
      atMost ??= measure(now);
      if (atMost + bytes > limit && Math.abs(now - measuredAt) >= MEASURE_MS) atMost = measure(now);
      // One event alone always fits: it would wait for room that never comes.
      if (atMost > 0 && atMost + bytes > limit) return false;
      atMost += bytes;
      return true;
    },
  };
}

/** Indexes `runs_queued`, rowid of `events`; lengths stand in the rows' headers, no body is read. */
function measureQueue(connection: Connection): number {
  const found = connection.get<{ bytes: number | null }>(
    `SELECT sum(octet_length(events.body)) AS bytes FROM runs INDEXED BY runs_queued
     JOIN events ON events.run = runs.seq WHERE runs.status = 'queued'`,
  );
  return found?.bytes ?? 0;
}
