import type { Handshake } from '../domain/ports/webhook-preset.ts';
import { isTerminal, type Run, type RunId } from '../domain/run.ts';
import type { InboundAnswer } from './inbound.ts';
import type { FileView } from './views.ts';

/** Seconds after which a sender may try again when the fault is ours. */
const RETRY_AFTER_SECONDS = 30;

/** Every way to turn a request away. Nothing in it depends on why, beyond the status. */
export const REFUSED = {
  malformed: refusal(400, 'bad_request'),
  unauthorized: refusal(401, 'unauthorized'),
  address: refusal(403, 'forbidden'),
  unknown: refusal(404, 'not_found'),
  method: { ...refusal(405, 'method_not_allowed'), headers: { allow: 'POST, GET, HEAD' } },
  slow: { ...refusal(408, 'request_timeout'), headers: { connection: 'close' } },
  large: { ...refusal(413, 'payload_too_large'), headers: { connection: 'close' } },
  encoding: refusal(415, 'unsupported_content_encoding'),
} as const satisfies Readonly<Record<string, InboundAnswer>>;

/** Too many: the same request may pass after so many seconds. */
export function tooMany(seconds: number): InboundAnswer {
  return { ...refusal(429, 'too_many_requests'), headers: { 'retry-after': String(seconds) } };
}

/** Our own fault: never a 4xx, which would make senders give up. */
export function unavailable(seconds = RETRY_AFTER_SECONDS): InboundAnswer {
  return { ...refusal(503, 'unavailable'), headers: { 'retry-after': String(seconds) } };
}

export const PONG: InboundAnswer = { status: 200, body: { ok: true } };

export function handshakeAnswer({ status, contentType, body }: Handshake): InboundAnswer {
  return { status, body: body === '' ? undefined : { contentType, text: body } };
}

/** The end of a run as its waiting caller reads it, or where to look when it did not end in time. */
export function waitedAnswer(
  run: Run,
  pollUrl: string,
  files: readonly FileView[],
): { readonly status: number; readonly body: Readonly<Record<string, unknown>> } {
  const { id, automation, status, usage, createdAt, finishedAt } = run;
  if (!isTerminal(status)) {
    const body = { run: id, automation, phase: 'Running', response: null, timedOut: true, pollUrl };
    return { status: 200, body };
  }
  const failure = status === 'succeeded' ? {} : { status, reason: run.reason ?? null, error: run.error ?? null };
  return {
    status: 200,
    body: {
      run: id,
      automation,
      phase: status === 'succeeded' ? 'Complete' : 'Error',
      response: run.result ?? null,
      tokenUsage: usage,
      processingTime: (finishedAt ?? createdAt) - createdAt,
      files,
      ...failure,
    },
  };
}

/** The commit is done: exactly one run stands for this request, or for it and those that it was put together with. */
export function acceptedAnswer(
  run: RunId,
  automation: string,
  { status = 202, isCoalesced }: { readonly status?: number | undefined; readonly isCoalesced: boolean },
): InboundAnswer {
  const body = { status: 'accepted', run, automation, ...(isCoalesced && { coalesced: true }) };
  return { status, body: status === 204 ? undefined : body };
}

/** An authentic request that starts nothing: 200 (204 for senders that want it), so that it is not sent again. */
export function settledAnswer(
  body: Readonly<Record<string, unknown>>,
  acceptedStatus: number | undefined,
): InboundAnswer {
  return acceptedStatus === 204 ? { status: 204, body: undefined } : { status: 200, body };
}

function refusal(status: number, error: string): InboundAnswer {
  return { status, body: { error } };
}
