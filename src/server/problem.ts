import { AmodalError, type ErrorCode } from '../domain/error.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** The one table from an error's code to its HTTP status. */
export const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  usage: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  bundle_broken: 422,
  internal: 500,
  port_in_use: 500,
  upstream: 502,
  unavailable: 503,
  state_held: 503,
  state_unreadable: 503,
  state_newer: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** Problem details (RFC 9457); `code` is stable, `detail` is for people. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
}

/** Seconds after which a refusal that is our own fault may be over. */
const RETRY_AFTER_SECONDS = 30;

/** A refusal as a response; what is not an `AmodalError` is our own mistake and says nothing of itself. */
export function problemResponse(error: unknown): Response {
  const known = error instanceof AmodalError ? error : undefined;
  if (!known) return problem(500, 'internal', 'Something went wrong on our side; the log says what.');
  return problem(STATUS_OF[known.code], known.code, known.message);
}

/** A problem with a status of its own and further headers. */
export function problem(
  status: number,
  code: ErrorCode,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body: Problem = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, code };
  const retry = status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : undefined;
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer realm="amodal"' } : undefined;
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': PROBLEM_TYPE, ...retry, ...challenge, ...headers },
  });
}
