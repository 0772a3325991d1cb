import type { HttpCall } from '../../domain/call.ts';
import type { Connection } from '../../domain/connection.ts';
import type { Secrets } from '../../domain/ports/secrets.ts';
import type { Effect, ToolContext } from '../../domain/ports/tool.ts';
import { type BuiltUrl, buildUrl } from '../../net/index.ts';
import type { Headers } from './authorization.ts';
import { graphqlCall } from './graphql-document.ts';

/** What a model says of a request. */
export interface RequestInput {
  readonly connection: string;
  readonly method: string;
  readonly endpoint: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly headers?: Headers;
  readonly intent?: string;
}

export type Place = Extract<BuiltUrl, { ok: true }>;

const NOWHERE = 'http://nowhere.invalid';

/** The call that a request is, normalised for the gate. */
export function requestEffect(input: RequestInput, { bundle }: Pick<ToolContext, 'bundle'>): Effect {
  const connection = bundle.connections.get(input.connection);
  if (connection && connection.protocol !== 'http' && connection.protocol !== 'git') {
    return {
      ok: false,
      reason: `connection "${connection.name}" speaks ${connection.protocol}, not HTTP: "request" does not reach it`,
    };
  }
  const place = placeOf(input, connection, bundle.secrets);
  if (!place.ok) return place;
  const call = callOf(input, place, connection);
  if (call.body !== undefined && (call.method === 'GET' || call.method === 'HEAD')) {
    return { ok: false, reason: `${call.method} carries no "data"; use "params"` };
  }
  return { ok: true, call };
}

/** Where a request goes; below a base that leads nowhere when there is no such HTTP connection. */
export function placeOf(
  { endpoint, params }: Pick<RequestInput, 'endpoint' | 'params'>,
  connection: Connection | undefined,
  secrets: Secrets,
): BuiltUrl {
  const baseUrl = connection?.protocol === 'http' ? secrets.resolve(connection.baseUrl) : NOWHERE;
  const asked = connection?.format === 'graphql' ? ownPath(endpoint, baseUrl) : endpoint;
  return buildUrl({ baseUrl, endpoint: asked, ...(params ? { params } : {}) });
}

/** `/` of a GraphQL connection is its base URL as it is written: many servers know no `/graphql/`. */
function ownPath(endpoint: string, baseUrl: string): string {
  const own = /^\/?(\?.*)?$/.exec(endpoint);
  if (!own) return endpoint;
  const [, query = ''] = own;
  return URL.canParse(baseUrl) && new URL(baseUrl).pathname.endsWith('/') ? `/${query}` : query;
}

function callOf(input: RequestInput, { path, query }: Place, connection: Connection | undefined): HttpCall {
  const { method, headers, intent } = input;
  const body = isEmpty(input.data) && (method === 'GET' || method === 'HEAD') ? undefined : input.data;
  const graphql = connection?.format === 'graphql' ? graphqlCall({ method, query, body }) : {};
  return {
    kind: 'http',
    connection: input.connection,
    method,
    path,
    query,
    ...(headers ? { headers } : {}),
    ...(body === undefined ? {} : { body }),
    ...graphql,
    ...(intent === undefined ? {} : { intent: intent === 'read' ? 'read' : 'write' }),
  };
}

/** Models fill in optional fields with nothing. */
export function isEmpty(data: unknown): boolean {
  if (data === undefined || data === null || data === '') return true;
  return typeof data === 'object' && !Array.isArray(data) && Object.keys(data).length === 0;
}
