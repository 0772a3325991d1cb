import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StubTurn, Wire } from './model-wires.ts';

/** Everything that a stub can be told to do with one request. */
export interface StubReply extends StubTurn {
  /** An error status with the provider's way of saying `message`. */
  readonly status?: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** These bytes instead of any answer that the protocol has. */
  readonly body?: string;
  /** The connection breaks: before a word, or in the middle of the body. */
  readonly cut?: 'before-headers' | 'in-body';
  /** The answer waits for this; `'forever'` until the client gives up. */
  readonly waitFor?: Promise<unknown> | 'forever';
  readonly delayMs?: number;
}

export interface ModelStubRequest {
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever the provider's protocol says
  readonly body: Record<string, any>;
  /** How many answers of the model the conversation already has. */
  readonly turn: number;
  /** How many requests came before this one. */
  readonly index: number;
}

export type StubScript = readonly StubReply[] | ((request: ModelStubRequest) => StubReply | Promise<StubReply>);

export interface ModelStubOptions {
  /** Replies to the first requests that arrive, before the script begins to count: outages, rate limits. */
  readonly failures?: readonly StubReply[];
}

export interface ModelStub {
  /** What `baseUrl` of a model is set to. */
  readonly baseUrl: string;
  readonly port: number;
  /** Every request that arrived whole, in order. */
  readonly requests: ModelStubRequest[];
  /** Requests that arrived and are not answered yet. */
  readonly open: number;
  /** Requests whose client went away before it had the whole answer. */
  readonly abandoned: number;
  /** Resolves when the condition holds; it is looked at after each arrival and end. */
  until(condition: (stub: ModelStub) => boolean): Promise<void>;
  close(): Promise<void>;
}

/**
 * A real HTTP server on port 0 of loopback that speaks one provider's protocol. A list is played by the turn of the
 * conversation (so a session that starts over hears the same again), its last entry for ever; a function decides itself.
 */
export async function startModelStub(
  wire: Wire,
  script: StubScript,
  { failures = [] }: ModelStubOptions = {},
): Promise<ModelStub> {
  const requests: ModelStubRequest[] = [];
  const counts = { open: 0, abandoned: 0 };
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const server = createServer(async (incoming, response) => {
    const request = await readRequest(incoming, wire, requests.length);
    requests.push(request);
    counts.open++;
    response.once('close', () => {
      counts.open--;
      if (!response.writableFinished) counts.abandoned++;
      changed();
    });
    changed();
    await send(response, { wire, request, reply: failures[request.index] ?? (await replyTo(request, script)) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stub: ModelStub = {
    baseUrl: `http://127.0.0.1:${port}${wire.basePath}`,
    port,
    requests,
    get open() {
      return counts.open;
    },
    get abandoned() {
      return counts.abandoned;
    },
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition(stub)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return stub;
}

async function readRequest(incoming: IncomingMessage, wire: Wire, index: number): Promise<ModelStubRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const body = text === '' ? {} : JSON.parse(text);
  const speakers = wire.speakers(body);
  const turn = speakers.filter((speaker, at) => speaker === 'model' && speakers[at - 1] !== 'model').length;
  return { path: incoming.url ?? '', headers: incoming.headers, body, turn, index };
}

async function replyTo(request: ModelStubRequest, script: StubScript): Promise<StubReply> {
  if (typeof script === 'function') return script(request);
  return script[Math.min(request.turn, script.length - 1)] ?? {};
}

interface Sending {
  readonly wire: Wire;
  readonly request: ModelStubRequest;
  readonly reply: StubReply;
}

async function send(response: ServerResponse, { wire, request, reply }: Sending): Promise<void> {
  if (reply.waitFor === 'forever') return;
  await reply.waitFor;
  if (reply.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, reply.delayMs));
  if (reply.cut === 'before-headers') return void response.destroy();
  const { status = 200, message = 'stub failure', headers = {} } = reply;
  const streams = status < 300 && reply.body === undefined && wire.wantsStream(request.path, request.body);
  const parts = streams ? wire.stream(reply, modelOf(request)) : [bodyOf({ wire, request, reply }, status, message)];
  const type = streams ? 'text/event-stream' : wire.contentType;
  const length = Buffer.byteLength(parts.join(''));
  response.writeHead(status, {
    'content-type': type,
    ...(streams ? {} : { 'content-length': String(length) }),
    ...headers,
  });
  const text = parts.join('');
  if (reply.cut === undefined) return void response.end(text);
  response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy());
}

function bodyOf({ wire, request, reply }: Sending, status: number, message: string): string {
  if (reply.body !== undefined) return reply.body;
  return JSON.stringify(status < 300 ? wire.answer(reply, modelOf(request)) : wire.failure({ status, message }));
}

function modelOf({ body, path }: ModelStubRequest): string {
  return typeof body.model === 'string' ? body.model : (/models\/([^:]+):/.exec(path)?.[1] ?? 'stub-model');
}
