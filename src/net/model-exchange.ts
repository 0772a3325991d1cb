import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { AmodalError } from '../domain/error.ts';
import { BlockedAddressError } from './guarded-lookup.ts';
import { decodedBody } from './model-body.ts';

/** Of one answer, decompressed. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** A request as `fetch` was asked for it. */
export interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Sends a request and resolves with the head of its answer, its body as a stream; rejects like `fetch`. */
export type ModelExchange = (asked: Asked, url: URL) => Promise<Response>;

/** Connections are kept from one request to the next; `headersMs` bounds the wait for an answer's head. */
export function createModelExchange({ lookup, headersMs }: Pick<Route, 'lookup' | 'headersMs'>): ModelExchange {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  return (asked, url) => {
    const agent = url.protocol === 'https:' ? agents.https : agents.http;
    return exchange(asked, { url, agent, lookup, headersMs });
  };
}

/** How a request gets there. */
interface Route {
  readonly url: URL;
  readonly agent: HttpAgent | HttpsAgent;
  readonly lookup: LookupFunction;
  readonly headersMs: number;
}

async function exchange(asked: Asked, route: Route): Promise<Response> {
  try {
    return await attempt(asked, route);
  } catch (error) {
    if (!(error instanceof StaleSocketError)) throw error;
  }
  return attempt(asked, route).catch((error: Error) => {
    throw error instanceof StaleSocketError ? failureOf(error) : error;
  });
}

/** The other side had closed a kept connection just when it was used again: nothing was answered on it. */
class StaleSocketError extends Error {
  readonly code = 'ECONNRESET';
}

function attempt(asked: Asked, route: Route): Promise<Response> {
  const { method, body, signal } = asked;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const outgoing = open(asked, route);
    const limit = setTimeout(() => outgoing.destroy(late(route.headersMs)), route.headersMs);
    let answer: IncomingMessage | undefined;
    const release = onceAborted(signal, (reason) => {
      const error = reason instanceof Error ? reason : new Error('aborted');
      reject(reason);
      answer?.destroy(error);
      outgoing.destroy(error);
    });
    outgoing.once('response', (incoming) => {
      clearTimeout(limit);
      answer = incoming;
      incoming.once('close', release);
      resolve(responseOf(incoming, method));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      release();
      const isStale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isStale ? new StaleSocketError(error.message) : failureOf(error));
    });
    outgoing.end(body);
  });
}

function open({ method, headers, body }: Asked, { url, agent, lookup }: Route): ClientRequest {
  const length = body ? { 'content-length': String(body.length) } : {};
  const all = { 'accept-encoding': 'identity', 'user-agent': 'amodal', ...headers, ...length };
  const options = { method, headers: all, agent, lookup };
  return url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
}

/** Calls back with the signal's reason; the returned function ends the watch. */
function onceAborted(signal: AbortSignal | undefined, callback: (reason: unknown) => void): () => void {
  const onAbort = () => callback(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => signal?.removeEventListener('abort', onAbort);
}

function responseOf(incoming: IncomingMessage, method: string): Response {
  const { statusCode: status = 500, statusMessage: statusText = '' } = incoming;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  if (method === 'HEAD' || WITHOUT_BODY.has(status)) {
    incoming.resume();
    return new Response(null, { status, statusText, headers });
  }
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  const body = decodedBody(incoming, encoding, { maxBytes: MAX_ANSWER_BYTES });
  return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, { status, statusText, headers });
}

function failureOf(error: Error): Error {
  const cause = error instanceof BlockedAddressError ? new AmodalError('forbidden', error.message) : error;
  return new TypeError('fetch failed', { cause });
}

function late(ms: number): Error {
  return Object.assign(new Error(`no answer within ${ms / 1000} s`), { code: 'ETIMEDOUT' });
}
