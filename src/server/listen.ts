import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { AmodalError } from '../domain/error.ts';
import type { Clock } from '../domain/ports/clock.ts';
import { holdToDeadline } from './body-deadline.ts';
import { isLoopback } from './loopback.ts';
import { isWebhookUrl, type RequestHandler } from './webhook-handler.ts';

/** A connection that has not sent its headers by then is closed. */
export const DEFAULT_HEADER_DEADLINE_MS = 5000;

/** A request that is not complete by then is answered 408 and closed; uploads of callers that are known take longer. */
export const DEFAULT_REQUEST_DEADLINE_MS = 15_000;

/** No request takes longer to arrive, whatever it is for. */
const LONGEST_REQUEST_MS = 900_000;

const KEEP_ALIVE_MS = 5000;
const MOST_HEADER_BYTES = 16_384;

/** More connections than this are closed as they come: file handles are finite. */
export const DEFAULT_MAX_CONNECTIONS = 2000;

/** On close, answers under way may take this long. */
const DEFAULT_CLOSE_MS = 2000;

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly app: Hono;
  readonly webhooks: RequestHandler;
  /** The admin token; a bind beyond loopback needs one. */
  readonly token?: string;
  readonly clock: Clock;
  readonly headerDeadlineMs?: number;
  readonly requestDeadlineMs?: number;
  readonly maxConnections?: number;
}

export interface Listening {
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, lets answers under way finish (streams are ended by their own signal), closes. */
  close(): Promise<void>;
}

/** Opens both doors on one port: webhooks raw, everything else through the app. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { host, port, clock } = options;
  refuseOpenBind(options);
  const server = createHttpServer(options);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, options)));
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return { url: urlOf(host, bound.port), port: bound.port, close: () => close(server, clock) };
}

/** Everybody who can reach the port could use the API. */
export function refuseOpenBind({ host, token }: Pick<ListenOptions, 'host' | 'token'>): void {
  if (token || isLoopback(host)) return;
  throw new AmodalError(
    'usage',
    `Listening on ${host} without an admin token would open the API to everybody: set AMODAL_TOKEN, or listen on 127.0.0.1.`,
  );
}

function createHttpServer(options: ListenOptions): Server {
  const { clock } = options;
  const deadlineMs = options.requestDeadlineMs ?? DEFAULT_REQUEST_DEADLINE_MS;
  const headersTimeout = Math.min(deadlineMs, options.headerDeadlineMs ?? DEFAULT_HEADER_DEADLINE_MS);
  const server = createServer({
    headersTimeout,
    requestTimeout: LONGEST_REQUEST_MS,
    connectionsCheckingInterval: Math.min(1000, headersTimeout),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MOST_HEADER_BYTES,
  });
  server.maxConnections = options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
  const api = getRequestListener(options.app.fetch, { overrideGlobalObjects: false });
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    holdToDeadline({ incoming, outgoing }, clock, deadlineMs);
    if (isWebhookUrl(incoming.url)) options.webhooks(incoming, outgoing);
    else void api(incoming, outgoing);
  };
  server.on('request', answer);
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!isWebhookUrl(incoming.url)) outgoing.writeContinue();
    answer(incoming, outgoing);
  });
  return server;
}

function explain(error: Error & { readonly code?: string }, { host, port }: ListenOptions): AmodalError {
  const place = `${host}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new AmodalError(
        'port_in_use',
        `Port ${port} on ${host} is in use: stop what listens there, or take another with --port (0 takes a free one).`,
        { cause: error },
      );
    case 'EACCES':
      return new AmodalError('usage', `Listening on ${place} is not permitted: take a port from 1024 on with --port.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new AmodalError('usage', `${host} is no address of this machine: give one with --host.`, { cause: error });
    default:
      return new AmodalError('internal', `Listening on ${place} failed: ${error.message}`, { cause: error });
  }
}

/** An address that stands for all is reached as localhost. */
function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

async function close(server: Server, clock: Clock): Promise<void> {
  const over = new AbortController();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await Promise.race([closed, clock.sleep(DEFAULT_CLOSE_MS, over.signal)]);
  over.abort();
  server.closeAllConnections();
  await closed;
}
