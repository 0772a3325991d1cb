import type { Connection } from '../../domain/connection.ts';
import type { ToolContext } from '../../domain/ports/tool.ts';
import { createRedactor, type HttpClient, type HttpResult } from '../../net/index.ts';
import { authorizationFor, type Headers } from './authorization.ts';
import { bodyOf } from './request-body.ts';
import { isEmpty, type Place, type RequestInput } from './request-call.ts';

export interface Means {
  readonly context: ToolContext;
  readonly http: Pick<HttpClient, 'send'>;
}

export interface Asking extends Means {
  readonly place: Place;
  /** What is asked for where the model does not say it. */
  readonly accept: string;
  readonly maxBytes?: number;
}

export type Asked =
  /** `hide` takes out what must not come back to the model, besides the values that `Secrets` knows. */
  | { readonly ok: true; readonly answer: HttpResult; readonly hide: (text: string) => string }
  | { readonly ok: false; readonly reason: string };

/** Sends a request that the gate has allowed, with the credentials of its connection: those for writes only for writes. */
export async function askUpstream(
  connection: Connection,
  { method, data, headers }: Pick<RequestInput, 'method' | 'data' | 'headers'>,
  { place, context, http, accept, maxBytes }: Asking,
): Promise<Asked> {
  const { secrets } = context.bundle;
  const { signal, write } = context;
  const { allowPrivateNetwork } = connection;
  const auth = write ? (connection.writeAuth ?? connection.auth) : connection.auth;
  const ports = { secrets, http, allowPrivateNetwork, now: context.now(), signal };
  const authorization = await authorizationFor(auth, ports);
  if (!authorization.ok) return authorization;
  const own = Object.entries(connection.headers).map(([name, reference]) => [name, secrets.resolve(reference)]);
  const body = bodyOf(isEmpty(data) && !write ? undefined : data, headers);
  const answer = await http.send({
    url: place.url,
    method,
    askedHeaders: { accept, ...lowerCase(headers) },
    headers: {
      ...body.headers,
      ...lowerCase(Object.fromEntries(own)),
      ...(write ? { 'idempotency-key': write.idempotencyKey } : {}),
      ...lowerCase(authorization.headers),
    },
    ...(body.text === undefined ? {} : { body: body.text }),
    allowPrivateNetwork,
    deadlineMs: context.automation.limits.toolTimeoutSeconds * 1000,
    ...(maxBytes === undefined ? {} : { maxBytes }),
    signal,
  });
  const { hidden } = authorization;
  return { ok: true, answer, hide: (text) => hidden.reduce((all, value) => redactorFor(value)(all), text) };
}

const MAX_REDACTORS = 100;
const redactors = new Map<string, (text: string) => string>();

/** Its forms are worked out once, not with each answer. */
function redactorFor(value: string): (text: string) => string {
  const redact = redactors.get(value) ?? createRedactor([{ name: 'credential', value }]);
  if (redactors.size >= MAX_REDACTORS) redactors.clear();
  redactors.set(value, redact);
  return redact;
}

function lowerCase(headers: Headers = {}): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
