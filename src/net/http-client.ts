import { askedHeaders } from './asked-headers.ts';
import { checkUrl } from './check-url.ts';
import type { Outgoing } from './exchange.ts';
import { type Resolve, systemResolve } from './guarded-lookup.ts';
import type { HttpFailure, HttpResult } from './http-result.ts';

/** From the look-up of the name to the last byte of the answer. */
export const DEFAULT_DEADLINE_MS = 30_000;

/** Of an answer, decompressed. */
export const DEFAULT_MAX_BYTES = 5 * 1024 * 1024;

/** One request. Its URL comes from a bundle file, or is below one that does (`buildUrl`). */
export interface HttpRequest {
  readonly url: string;
  /** Upper case; default `GET`. */
  readonly method?: string;
  /** The runtime's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What a model asked for: only an allow-list of it is sent, under the runtime's own. */
  readonly askedHeaders?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whether a name may resolve to a private or loopback address; one that is written out may be reached in any case. */
  readonly allowPrivateNetwork?: boolean;
  readonly deadlineMs?: number;
  readonly maxBytes?: number;
  /** `excerpt`: the status is what counts, a body that is too long or does not end is cut. Default `whole`. */
  readonly answer?: 'whole' | 'excerpt';
  readonly signal?: AbortSignal;
}

/** The guarded client. `send` never throws: what went wrong is a value with a reason. */
export interface HttpClient {
  readonly send: (request: HttpRequest) => Promise<HttpResult>;
  /** Ends idle connections and those under way. */
  readonly close: () => Promise<void>;
}

const METHOD = /^(?!CONNECT$|TRACE$)[A-Z]{1,20}$/;

/**
 * Makes the one client for everything that leaves: addresses are checked where they are connected to, redirects are
 * not followed, one deadline covers all, bodies are capped after decompression. Proxy variables are not read.
 */
export function createHttpClient({ resolve = systemResolve }: { readonly resolve?: Resolve } = {}): HttpClient {
  let agents: Promise<Agents> | undefined;
  return {
    send: async (request) => {
      const prepared = prepare(request);
      if ('ok' in prepared) return prepared;
      agents ??= openAgents(resolve);
      const { exchange, strict, open } = await agents;
      try {
        return await exchange(request.allowPrivateNetwork ? open : strict, prepared);
      } catch (error) {
        return refused('invalid_request', error instanceof Error ? error.message : String(error));
      }
    },
    close: async () => {
      if (!agents) return;
      const { strict, open } = await agents;
      await Promise.all([strict.destroy(), open.destroy()]);
    },
  };
}

type Agents = Awaited<ReturnType<typeof openAgents>>;

/** Loaded with the first request: commands that send nothing start without it. */
async function openAgents(resolve: Resolve) {
  const [{ createGuardedAgent }, { exchange }] = await Promise.all([
    import('./guarded-agent.ts'),
    import('./exchange.ts'),
  ]);
  return {
    exchange,
    strict: createGuardedAgent({ resolve, allowPrivateNetwork: false }),
    open: createGuardedAgent({ resolve, allowPrivateNetwork: true }),
  };
}

function prepare(request: HttpRequest): Outgoing | HttpFailure {
  const { method = 'GET', body, deadlineMs = DEFAULT_DEADLINE_MS, maxBytes = DEFAULT_MAX_BYTES } = request;
  const checked = checkUrl(request.url);
  if (!checked.ok) return refused(checked.reason, checked.error);
  if (!METHOD.test(method)) return refused('invalid_request', `"${method.slice(0, 20)}" is not an HTTP method`);
  const asked = request.askedHeaders ? askedHeaders(request.askedHeaders).headers : {};
  const headers = { 'accept-encoding': 'gzip, deflate, br', ...asked, ...lowerCase(request.headers ?? {}) };
  const { answer = 'whole', signal } = request;
  return { url: checked.url, method, headers, body, deadlineMs, maxBytes, answer, signal };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function refused(reason: HttpFailure['reason'], error: string): HttpFailure {
  return { ok: false, reason, error, sent: false };
}
