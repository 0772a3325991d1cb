import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../domain/ports/clock.ts';
import type { Logger } from '../domain/ports/logger.ts';
import { clientAddress, readBoundedBody } from '../net/index.ts';
import type { Intake } from '../operations/accept-event.ts';
import type { BodyReading, InboundAnswer, InboundRequest } from '../operations/inbound.ts';
import { unavailable } from '../operations/inbound-answer.ts';
import { type BodyMemory, createBodyMemory } from './body-memory.ts';
import type { Metrics } from './metrics.ts';

/** A webhook's body must be complete within this time. */
export const DEFAULT_BODY_DEADLINE_MS = 10_000;

/** After an answer that came before the body's end, the rest is read away this long, so that the sender sees the answer. */
const DRAIN_MS = 1000;

const PREFIX = '/webhooks/';

export interface WebhookDoorOptions {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Networks whose `X-Forwarded-For` counts, or how many proxies stand in front. */
  readonly trustedProxies: () => readonly string[];
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  readonly bodyDeadlineMs?: number;
  readonly bodyMemory?: BodyMemory;
}

export type RequestHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** True when the request is for the webhook door. */
export function isWebhookUrl(url: string | undefined): boolean {
  return url?.startsWith(PREFIX) === true;
}

/** Turns Node's requests below `/webhooks/` into what intake understands, and its answers into responses. */
export function createWebhookHandler(options: WebhookDoorOptions): RequestHandler {
  const memory = options.bodyMemory ?? createBodyMemory();
  // Every caller that waits for a run listens to it.
  setMaxListeners(0, options.stopping);
  return (incoming, outgoing) => {
    void handle({ ...options, memory }, incoming, outgoing).catch((error: unknown) => {
      options.logger.error('a webhook answer could not be sent', { error: String(error) });
      outgoing.destroy();
    });
  };
}

type Door = WebhookDoorOptions & { readonly memory: BodyMemory };

async function handle(door: Door, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const answer = await door.intake.receive(inboundRequest(door, incoming, outgoing)).catch((error: unknown) => {
    door.logger.error('a webhook failed', { error: error instanceof Error ? error.stack : String(error) });
    return unavailable();
  });
  door.metrics?.countWebhook(answer.status);
  await send(door, answer, { incoming, outgoing });
}

function inboundRequest(door: Door, incoming: IncomingMessage, outgoing: ServerResponse): InboundRequest {
  const { method = 'GET', url = '', rawHeaders } = incoming;
  const [path = '', ...query] = url.split('?');
  const headers = headersOf(rawHeaders);
  return {
    method,
    path: segmentsOf(path.slice(PREFIX.length)),
    query: new URLSearchParams(query.join('?')),
    headers,
    peer: clientAddress({
      peer: incoming.socket.remoteAddress ?? '',
      forwardedFor: headers['x-forwarded-for'],
      trustedProxies: door.trustedProxies(),
    }),
    get signal() {
      return hangUpOf(outgoing);
    },
    stopping: door.stopping,
    readBody: (maxBytes) => readBody(door, { incoming, outgoing }, maxBytes),
  };
}

/** Every value of every header by its lower-case name: names and values stand in turn. */
function headersOf(raw: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const headers: Record<string, string[]> = Object.create(null);
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    const value = raw[index + 1] ?? '';
    const known = headers[name];
    if (known) known.push(value);
    else headers[name] = [value];
  }
  return headers;
}

/** Made only for who waits: most answers are given before anybody could hang up. */
function hangUpOf(outgoing: ServerResponse): AbortSignal {
  if (outgoing.destroyed) return AbortSignal.abort();
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  return gone.signal;
}

async function readBody(door: Door, { incoming, outgoing }: Exchange, maxBytes: number): Promise<BodyReading> {
  const declared = Number(incoming.headers['content-length'] ?? maxBytes);
  if (declared > maxBytes) return { ok: false, reason: 'too_large' };
  const release = door.memory.take(declared);
  if (!release) return { ok: false, reason: 'busy' };
  if (incoming.headers.expect) outgoing.writeContinue();
  const deadlineMs = door.bodyDeadlineMs ?? DEFAULT_BODY_DEADLINE_MS;
  const body = await readBoundedBody(incoming, { maxBytes, deadlineMs, drainMs: DRAIN_MS });
  if (body.ok) return { ok: true, body: body.bytes, release };
  release();
  return body;
}

/** A slash at the end does not count; a segment that cannot be decoded names nothing. */
function segmentsOf(path: string): readonly string[] {
  const segments = path.replace(/\/+$/, '').split('/');
  try {
    return segments.map((segment) => decodeURIComponent(segment));
  } catch {
    return [];
  }
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

async function send(
  door: Door,
  { status, headers, body }: InboundAnswer,
  { incoming, outgoing }: Exchange,
): Promise<void> {
  if (outgoing.destroyed) return;
  const { text, contentType } = contentOf(body);
  outgoing.writeHead(status, {
    ...(status !== 204 && { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  const content = incoming.method === 'HEAD' || status === 204 ? '' : text;
  if (headers?.connection !== 'close') {
    outgoing.end(content);
    return;
  }
  outgoing.write(content);
  await drain(door.clock, incoming);
  outgoing.end();
}

function contentOf(body: InboundAnswer['body']): { readonly text: string; readonly contentType: string } {
  if (body === undefined) return { text: '', contentType: 'text/plain; charset=utf-8' };
  const { contentType, text } = body;
  if (typeof contentType === 'string' && typeof text === 'string') return { text, contentType };
  return { text: JSON.stringify(body), contentType: 'application/json' };
}

/** Reads the rest away: a socket that is closed with unread bytes may take the answer with it. */
async function drain(clock: Clock, incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.destroyed) return;
  const over = new AbortController();
  incoming.once('end', () => over.abort());
  incoming.once('close', () => over.abort());
  incoming.resume();
  await clock.sleep(DRAIN_MS, over.signal);
  over.abort();
}
