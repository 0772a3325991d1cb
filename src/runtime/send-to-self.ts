import type { HttpClient } from '../net/index.ts';
import type { SelfAnswer, SelfRequest } from '../operations/index.ts';

/** Our own door answers within the time that the strictest senders give it, or something is wrong. */
const DEADLINE_MS = 10_000;

const MOST_BYTES = 16_384;

/** Sends a test request to one of our own URLs, through the same guarded client as everything else. */
export function sendToSelf(http: HttpClient): (request: SelfRequest) => Promise<SelfAnswer> {
  return async (request) => {
    const limits = {
      allowPrivateNetwork: true,
      deadlineMs: DEADLINE_MS,
      maxBytes: MOST_BYTES,
      answer: 'excerpt',
    } as const;
    const result = await http.send({ ...request, ...limits });
    return result.ok ? { ok: true, status: result.status, text: result.text } : { ok: false, error: result.error };
  };
}
