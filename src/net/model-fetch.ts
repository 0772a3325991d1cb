import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { AmodalError } from '../domain/error.ts';
import { checkUrl } from './check-url.ts';
import { BlockedAddressError, guardedLookup, type Resolve, systemResolve } from './guarded-lookup.ts';
import { decodedBody } from './model-body.ts';

/** A model may think this long before the head of its answer comes. */
export const DEFAULT_MODEL_HEADERS_MS = 15 * 60_000;

/** Of one answer, decompressed. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface ModelFetchOptions {
  /** Whether the name of a provider may resolve to a private or loopback address; one that is written out may be reached in any case. */
  readonly allowPrivateNetwork?: boolean;
  readonly resolve?: Resolve;
  readonly headersMs?: number;
}

/**
 * A `fetch` over `node:http` with kept connections, for SDKs of model providers: half the CPU of the built-in one, no
 * limit of five minutes on the answer's head, the same address rules as the guarded client, no redirect followed.
 */
export function createModelFetch(options: ModelFetchOptions = {}): typeof globalThis.fetch {
  const { allowPrivateNetwork = false, resolve = systemResolve } = options;
  const lookup = guardedLookup({ resolve, allowPrivateNetwork });
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  return async (input, init) => {
    const asked = await readRequest(input, init);
    const checked = checkUrl(asked.url);
    if (!checked.ok) throw new TypeError('fetch failed', { cause: new AmodalError('forbidden', checked.error) });
    const isTls = checked.url.protocol === 'https:';
    const agent = isTls ? agents.https : agents.http;
    return send(asked, { url: checked.url, agent, lookup, headersMs: options.headersMs ?? DEFAULT_MODEL_HEADERS_MS });
  };
}

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
}

async function readRequest(...[input, init]: Parameters<typeof globalThis.fetch>): Promise<Asked> {
  const isText = typeof input === 'string' || input instanceof URL;
  const url = isText ? String(input) : input.url;
  const simple = isText && (init?.body === undefined || init.body === null || typeof init.body === 'string');
  const signal = init?.signal ?? (isText ? undefined : input.signal);
  if (simple) {
    const body = typeof init?.body === 'string' ? Buffer.from(init.body) : undefined;
    const headers = Object.fromEntries(new Headers(init?.headers));
    return { url, method: init?.method ?? 'GET', headers, body, signal: signal ?? undefined };
  }
  const request = new Request(input, init);
  const body = request.body ? Buffer.from(await request.arrayBuffer()) : undefined;
  const headers = Object.fromEntries(request.headers);
  return { url: request.url, method: request.method, headers, body, signal: signal ?? undefined };
}

interface Route {
  readonly url: URL;
  readonly agent: HttpAgent | HttpsAgent;
  readonly lookup: ReturnType<typeof guardedLookup>;
  readonly headersMs: number;
}

function send(asked: Asked, route: Route): Promise<Response> {
  return once(asked, route).catch((error: unknown) => {
    if (!(error instanceof StaleSocketError)) throw error;
    return once(asked, route);
  });
}

/** The other side had closed a kept connection just when it was used again: nothing was answered on it. */
class StaleSocketError extends Error {}

function once(asked: Asked, { url, agent, lookup, headersMs }: Route): Promise<Response> {
  const { method, body, signal } = asked;
  const length = body ? { 'content-length': String(body.length) } : {};
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'amodal', ...asked.headers, ...length };
  const options: RequestOptions = { method, headers, agent, lookup };
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const outgoing = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
    let answer: IncomingMessage | undefined;
    const onAbort = () => {
      const reason = asError(signal?.reason);
      reject(signal?.reason);
      answer?.destroy(reason);
      outgoing.destroy(reason);
    };
    const timer = setTimeout(() => {
      const error = Object.assign(new Error(`no answer within ${headersMs / 1000} s`), { code: 'ETIMEDOUT' });
      outgoing.destroy(error);
    }, headersMs);
    const release = () => signal?.removeEventListener('abort', onAbort);
    signal?.addEventListener('abort', onAbort, { once: true });
    outgoing.once('response', (incoming) => {
      clearTimeout(timer);
      answer = incoming;
      incoming.once('close', release);
      resolve(responseOf(incoming, method));
    });
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      release();
      reject(outgoing.reusedSocket && isReset(error) ? new StaleSocketError() : failureOf(error));
    });
    outgoing.end(body);
  });
}

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function responseOf(incoming: IncomingMessage, method: string): Response {
  const { statusCode: status = 500, statusMessage: statusText = '' } = incoming;
  const headers = new Headers();
  for (let at = 0; at + 1 < incoming.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = incoming.rawHeaders.slice(at, at + 2);
    headers.append(name, value);
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

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}
