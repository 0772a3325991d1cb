import { resolve } from 'node:path';
import type { HttpCall } from '../../domain/call.ts';
import type { Connection } from '../../domain/connection.ts';
import type { Effect, Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import type { HttpClient } from '../../net/http-client.ts';
import type { HttpResult } from '../../net/http-result.ts';
import { askGit } from '../git-upstream.ts';
import { authorizationFor, type Headers } from './authorization.ts';
import { type Endpoint, type Params, parseEndpoint } from './endpoint.ts';
import { applyRestrictions } from './field-restrictions.ts';
import { graphqlKind } from './graphql-document.ts';
import { bodyOf, urlBelow } from './request-parts.ts';

interface RequestInput {
  readonly connection: string;
  readonly method: string;
  readonly endpoint: string;
  readonly params?: Params;
  readonly data?: unknown;
  readonly headers?: Headers;
  readonly intent?: string;
}

const DEFAULT_ACCEPT = 'application/json, text/*;q=0.9, */*;q=0.1';
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

function effectOf(input: RequestInput, { bundle }: ToolContext): Effect {
  const parsed = parseEndpoint(input.endpoint, input.params);
  if (!parsed.ok) return parsed;
  const connection = bundle.connections.get(input.connection);
  if (connection && connection.protocol !== 'http' && connection.protocol !== 'git') {
    return {
      ok: false,
      reason: `connection "${connection.name}" is not reached by "request" (its protocol is ${connection.protocol})`,
    };
  }
  const call = callOf(input, parsed.endpoint, connection);
  if (call.body !== undefined && (call.method === 'GET' || call.method === 'HEAD')) {
    return { ok: false, reason: `${call.method} carries no "data"; use "params"` };
  }
  const sent = JSON.stringify([input.endpoint, parsed.endpoint.search, input.params, input.data, input.headers]);
  if (bundle.secrets.redact(sent) !== sent) {
    return { ok: false, reason: 'the request contains the value of a secret; it does not leave' };
  }
  return { ok: true, call };
}

function callOf(input: RequestInput, { path, query }: Endpoint, connection: Connection | undefined): HttpCall {
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
  const parsed = parseEndpoint(input.endpoint, input.params);
  if (!connection || !parsed.ok) return { ok: false, text: 'no such connection or path', sent: false };
  const { endpoint } = parsed;
  if (connection.protocol === 'git') return askRepository(connection, input, { endpoint, context });
  return askUpstream(connection, input, { endpoint, context, http });
}

async function askRepository(
  connection: Connection,
  { method }: RequestInput,
  { endpoint, context }: Pick<Means, 'context'> & { readonly endpoint: Endpoint },
): Promise<ToolResult> {
  if (method !== 'GET') return { ok: false, text: 'a git connection answers only GET', status: 405, sent: false };
  const query = Object.entries(endpoint.query).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : (value[0] ?? ''),
  ]);
  const { path = '.' } = connection.spec;
  const answer = await askGit({
    dir: resolve(context.bundle.dir, String(path)),
    path: decodeURIComponent(endpoint.path),
    query: Object.fromEntries(query),
    searchPath: context.bundle.secrets.variable('PATH') ?? DEFAULT_SEARCH_PATH,
    signal: context.signal,
  });
  return restricted(connection, { method, path: endpoint.path }, answer);
}

async function askUpstream(
  connection: Connection,
  input: RequestInput,
  { endpoint, context, http }: Means & { readonly endpoint: Endpoint },
): Promise<ToolResult> {
  const { secrets } = context.bundle;
  const { signal, write } = context;
  const { allowPrivateNetwork } = connection;
  const url = urlBelow(secrets.resolve(connection.baseUrl), endpoint);
  if (!url) return { ok: false, text: 'the path leads out of the connection', sent: false };
  const auth = write ? (connection.writeAuth ?? connection.auth) : connection.auth;
  const ports = { secrets, http, allowPrivateNetwork, now: context.now(), signal };
  const authorization = await authorizationFor(auth, ports);
  if (!authorization.ok) return { ok: false, text: authorization.reason, sent: false };
  const own = Object.entries(connection.headers).map(([name, reference]) => [name, secrets.resolve(reference)]);
  const body = bodyOf(isEmpty(input.data) && !write ? undefined : input.data, input.headers);
  const answer = await http.send({
    url,
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
  return restricted(connection, { method: input.method, path: endpoint.path }, { ...result, text });
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
