import { AmodalError } from '../domain/error.ts';

/** The queue is over its bound: nothing was written, and later there may be room. */
export function refuseFullQueue(queued: number): never {
  throw new AmodalError(
    'unavailable',
    `${queued} runs are waiting, which is the bound of the queue: try again later or raise limits.queue in amodal.json.`,
  );
}
