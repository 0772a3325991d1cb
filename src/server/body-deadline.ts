import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Clock } from '../domain/ports/clock.ts';
import { PROBLEM_TYPE, type Problem } from './problem.ts';

/** An upload of which nothing came for this long has broken off. */
export const DEFAULT_UPLOAD_IDLE_MS = 15_000;

const LATE = JSON.stringify({
  type: 'about:blank',
  title: 'Request Timeout',
  status: 408,
  detail: 'The request was not complete in time.',
  code: 'bad_request',
} satisfies Problem);

/** Requests whose bodies may take longer, because whoever reads them watches over them. */
const watched = new WeakSet<IncomingMessage>();

/** Takes a request out of the deadline for bodies; for callers that are known, whose bodies are watched by `endWhenIdle`. */
export function mayTakeLonger(incoming: IncomingMessage | undefined): void {
  if (incoming) watched.add(incoming);
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Answers 408 and closes when the body is not there in time. Most bodies come with their headers: those cost nothing. */
export function holdToDeadline(exchange: Exchange, clock: Clock, deadlineMs: number): void {
  if (!hasBody(exchange.incoming)) return;
  setImmediate(() => {
    if (!exchange.incoming.complete && !exchange.incoming.destroyed) watchBody(exchange, clock, deadlineMs);
  });
}

function watchBody({ incoming, outgoing }: Exchange, clock: Clock, deadlineMs: number): void {
  const over = new AbortController();
  const done = () => over.abort();
  incoming.once('end', done).once('close', done);
  void clock.sleep(deadlineMs, over.signal).then(() => {
    if (over.signal.aborted || incoming.complete || watched.has(incoming)) return;
    const close = () => incoming.destroy();
    if (outgoing.headersSent) outgoing.end(close);
    else outgoing.writeHead(408, { 'content-type': PROBLEM_TYPE, connection: 'close' }).end(LATE, close);
  });
}

/** Breaks a body off (`error` of its stream) once nothing has come for a while; returns how to stop watching. */
export function endWhenIdle(source: Readable, clock: Clock, idleMs = DEFAULT_UPLOAD_IDLE_MS): () => void {
  const over = new AbortController();
  let heard = true;
  source.on('data', () => {
    heard = true;
  });
  const watch = async () => {
    while (heard) {
      heard = false;
      await clock.sleep(idleMs, over.signal);
      if (over.signal.aborted) return;
    }
    source.destroy(new Error('nothing came for too long'));
  };
  void watch();
  return () => over.abort();
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
