import type { LookupFunction } from 'node:net';
import { AmodalError } from '../domain/error.ts';
import { checkUrl } from './check-url.ts';
import { guardedLookup, type Resolve, systemResolve } from './guarded-lookup.ts';
import type { Asked, ModelExchange } from './model-exchange.ts';

/** A model may think this long before the head of its answer comes. */
export const DEFAULT_MODEL_HEADERS_MS = 15 * 60_000;

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
  const { headersMs = DEFAULT_MODEL_HEADERS_MS } = options;
  let opened: Promise<ModelExchange> | undefined;
  return async (input, init) => {
    const asked = await readRequest(input, init);
    const checked = checkUrl(asked.url);
    if (!checked.ok) throw new TypeError('fetch failed', { cause: new AmodalError('forbidden', checked.error) });
    opened ??= openExchange({ lookup, headersMs });
    return (await opened)(asked, checked.url);
  };
}

/** Loaded with the first request: commands that ask no model start without it. */
async function openExchange(route: { readonly lookup: LookupFunction; readonly headersMs: number }) {
  const { createModelExchange } = await import('./model-exchange.ts');
  return createModelExchange(route);
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
