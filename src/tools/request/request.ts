import { resolve } from 'node:path';
import type { HttpCall } from '../../domain/call.ts';
import type { Connection } from '../../domain/connection.ts';
import type { Secrets } from '../../domain/ports/secrets.ts';
import type { Effect, Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { type BuiltUrl, buildUrl, type HttpClient, type HttpResult } from '../../net/index.ts';
import { askGit } from '../git-upstream.ts';
import { authorizationFor, type Headers } from './authorization.ts';
import { applyRestrictions } from './field-restrictions.ts';
import { graphqlKind } from './graphql-document.ts';
import { bodyOf } from './request-body.ts';

interface RequestInput {
  readonly connection: string;
  readonly method: string;
  readonly endpoint: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly headers?: Headers;
  readonly intent?: string;
}

const DEFAULT_ACCEPT = 'application/json, text/*;q=0.9, */*;q=0.1';
const NOWHERE = 'http://nowhere.invalid';
const DEFAULT_SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';

const INPUT_SCHEMA = {
  type: 'object',
  properties: {
    connection: { type: 'string', description: 'The name of a connection.' },
    method: { type: 'string', description: 'GET, HEAD, POST, PUT, PATCH or DELETE.' },
    endpoint: { type: 'string', description: 'The path below the connection, e.g. "/orders/7". Never a whole URL.' },
    params: { type: 'object', description: 'Query parameters.' },
    data: { description: 'The body: an object is sent as JSON.' },
    headers: { type: 'object', additionalProperties: { type: 'string' }, description: 'Rarely needed, e.g. "accept".' },
    intent: { type: 'string', description: '"read" or "write": what you mean it to be. It never loosens a rule.' },
  },
  required: ['connection', 'method', 'endpoint'],
  additionalProperties: false,
} as const;

/** The tool `request`: one call of an upstream by connection and path; never a URL, never credentials. */
export function requestTool(http: Pick<HttpClient, 'send'>): Tool {
  return {
    name: 'request',
    description:
      'Call an upstream by the name of its connection and a path. Credentials are added by the runtime. Whether a call is a read or a write is decided by the runtime; in a read-only run writes are refused.',
    inputSchema: INPUT_SCHEMA,
    effect: (input, context) => effectOf(input as RequestInput, context),
    run: (input, context) => run(input as RequestInput, { context, http }),
  };
}

type Place = Extract<BuiltUrl, { ok: true }>;

function effectOf(input: RequestInput, { bundle }: ToolContext): Effect {
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

/** Where the request goes; below a base that leads nowhere when there is no such HTTP connection. */
function placeOf(
  { endpoint, params }: Pick<RequestInput, 'endpoint' | 'params'>,
  connection: Connection | undefined,
  secrets: Secrets,
): BuiltUrl {
  const baseUrl = connection?.protocol === 'http' ? secrets.resolve(connection.baseUrl) : NOWHERE;
  return buildUrl({ baseUrl, endpoint, ...(params ? { params } : {}) });
}

function callOf(input: RequestInput, { path, query }: Place, connection: Connection | undefined): HttpCall {
  const { method, headers, intent } = input;
  const body = isEmpty(input.data) && (method === 'GET' || method === 'HEAD') ? undefined : input.data;
  const graphql = connection?.format === 'graphql' ? { graphql: graphqlKind({ method, query, body }) } : {};
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

interface Means {
  readonly context: ToolContext;
  readonly http: Pick<HttpClient, 'send'>;
}

async function run(input: RequestInput, { context, http }: Means): Promise<ToolResult> {
  const connection = context.bundle.connections.get(input.connection);
  const place = placeOf(input, connection, context.bundle.secrets);
  if (!connection || !place.ok) return { ok: false, text: 'there is no such connection or path', sent: false };
  if (connection.protocol === 'git') return askRepository(connection, input, { place, context });
  return askUpstream(connection, input, { place, context, http });
}

async function askRepository(
  connection: Connection,
  { method }: RequestInput,
  { place, context }: Pick<Means, 'context'> & { readonly place: Place },
): Promise<ToolResult> {
  if (method !== 'GET') return { ok: false, text: 'a git connection answers only GET', status: 405, sent: false };
  const query = Object.entries(place.query).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : (value[0] ?? ''),
  ]);
  const { path = '.' } = connection.spec;
  const answer = await askGit({
    dir: resolve(context.bundle.dir, String(path)),
    path: decodeURIComponent(place.path),
    query: Object.fromEntries(query),
    searchPath: context.bundle.secrets.variable('PATH') ?? DEFAULT_SEARCH_PATH,
    signal: context.signal,
  });
  return restricted(connection, { method, path: place.path }, answer);
}

async function askUpstream(
  connection: Connection,
  input: RequestInput,
  { place, context, http }: Means & { readonly place: Place },
): Promise<ToolResult> {
  const { secrets } = context.bundle;
  const { signal, write } = context;
  const { allowPrivateNetwork } = connection;
  const auth = write ? (connection.writeAuth ?? connection.auth) : connection.auth;
  const ports = { secrets, http, allowPrivateNetwork, now: context.now(), signal };
  const authorization = await authorizationFor(auth, ports);
  if (!authorization.ok) return { ok: false, text: authorization.reason, sent: false };
  const own = Object.entries(connection.headers).map(([name, reference]) => [name, secrets.resolve(reference)]);
  const body = bodyOf(isEmpty(input.data) && !write ? undefined : input.data, input.headers);
  const answer = await http.send({
    url: place.url,
    method: input.method,
    askedHeaders: { accept: DEFAULT_ACCEPT, ...lowerCase(input.headers) },
    headers: {
      ...body.headers,
      ...lowerCase(Object.fromEntries(own)),
      ...(write ? { 'idempotency-key': write.idempotencyKey } : {}),
      ...lowerCase(authorization.headers),
    },
    ...(body.text === undefined ? {} : { body: body.text }),
    allowPrivateNetwork,
    deadlineMs: context.automation.limits.toolTimeoutSeconds * 1000,
    signal,
  });
  const result = resultOf(answer);
  const text = authorization.hidden.reduce((all, value) => all.replaceAll(value, '[redacted]'), result.text);
  return restricted(connection, { method: input.method, path: place.path }, { ...result, text });
}

function resultOf(answer: HttpResult): ToolResult {
  const { status } = answer;
  if (answer.ok) return { ok: answer.status < 400, status: answer.status, text: answer.text };
  return {
    ok: false,
    text: answer.error,
    ...(status === undefined ? {} : { status }),
    ...(answer.sent ? {} : { sent: false }),
  };
}

function lowerCase(headers: Headers = {}): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function restricted(
  connection: Connection,
  call: { readonly method: string; readonly path: string },
  result: ToolResult,
): ToolResult {
  if (result.status === undefined) return result;
  const shown = applyRestrictions(connection, call, result.text);
  return shown.ok ? { ...result, text: shown.text } : { ...result, text: shown.reason };
}

/** Models fill in optional fields with nothing. */
function isEmpty(data: unknown): boolean {
  if (data === undefined || data === null || data === '') return true;
  return typeof data === 'object' && !Array.isArray(data) && Object.keys(data).length === 0;
}
