import { AmodalError, type ErrorCode } from '../domain/error.ts';
import { PROBLEM_TYPE, STATUS_OF } from './problem.ts';

/** An answer takes no longer than this. */
const REQUEST_MS = 30_000;

export interface RemoteOptions {
  /** Scheme, host and port (and path prefix) of the server. */
  readonly url: string;
  readonly token?: string;
}

export interface RemoteCall {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Undefined = the usual limit of 30 s. */
  readonly signal?: AbortSignal;
}

/** A successful response of the server; a refusal or no answer at all throws the `AmodalError` that stands for it. */
export async function remoteRequest(remote: RemoteOptions, path: string, call: RemoteCall = {}): Promise<Response> {
  const { method = 'GET', body, query = {}, headers, signal = AbortSignal.timeout(REQUEST_MS) } = call;
  const response = await fetch(addressOf(remote.url, path, query), {
    method,
    redirect: 'error',
    signal,
    headers: {
      accept: 'application/json',
      ...(remote.token && { authorization: `Bearer ${remote.token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw noAnswer(remote.url, error);
  });
  if (response.ok) return response;
  throw await refusal(response, remote.url);
}

/** The JSON of a successful response. */
export async function remoteJson<T>(remote: RemoteOptions, path: string, call: RemoteCall = {}): Promise<T> {
  const response = await remoteRequest(remote, path, call);
  return (await response.json().catch((error: unknown) => {
    throw noAnswer(remote.url, error);
  })) as T;
}

function addressOf(base: string, path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return `${base.replace(/\/+$/, '')}${path}${search.size > 0 ? `?${search}` : ''}`;
}

function noAnswer(url: string, error: unknown): AmodalError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const words = cause instanceof Error ? cause.message : String(cause);
  return new AmodalError(
    'unavailable',
    `No amodal server answers at ${url} (${words}): start one, or give another --url.`,
    {
      cause: error,
    },
  );
}

async function refusal(response: Response, url: string): Promise<AmodalError> {
  const isProblem = response.headers.get('content-type')?.startsWith(PROBLEM_TYPE) === true;
  const problem: unknown = isProblem ? await response.json().catch(() => undefined) : undefined;
  if (typeof problem === 'object' && problem !== null && 'detail' in problem && 'code' in problem) {
    return new AmodalError(codeOf(problem.code), String(problem.detail));
  }
  return new AmodalError('unavailable', `${url} answered ${response.status}, but not as an amodal server does.`);
}

function codeOf(code: unknown): ErrorCode {
  return typeof code === 'string' && Object.hasOwn(STATUS_OF, code) ? (code as ErrorCode) : 'internal';
}
