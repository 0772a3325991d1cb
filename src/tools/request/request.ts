import { resolve } from 'node:path';
import type { Connection } from '../../domain/connection.ts';
import type { Tool, ToolResult } from '../../domain/ports/tool.ts';
import type { HttpClient, HttpResult } from '../../net/index.ts';
import { askGit } from '../git-upstream.ts';
import { askUpstream, type Means } from './ask-upstream.ts';
import { applyRestrictions } from './field-restrictions.ts';
import { type Place, placeOf, type RequestInput, requestEffect } from './request-call.ts';

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
    effect: (input, context) => requestEffect(input as RequestInput, context),
    run: (input, context) => run(input as RequestInput, { context, http }),
  };
}

async function run(input: RequestInput, { context, http }: Means): Promise<ToolResult> {
  const connection = context.bundle.connections.get(input.connection);
  const place = placeOf(input, connection, context.bundle.secrets);
  if (!connection || !place.ok) return { ok: false, text: 'there is no such connection or path', sent: false };
  if (connection.protocol === 'git') return askRepository(connection, input, { place, context });
  return askHttp(connection, input, { place, context, http });
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

async function askHttp(
  connection: Connection,
  input: RequestInput,
  { place, context, http }: Means & { readonly place: Place },
): Promise<ToolResult> {
  const asked = await askUpstream(connection, input, { place, context, http, accept: DEFAULT_ACCEPT });
  if (!asked.ok) return { ok: false, text: asked.reason, sent: false };
  const result = resultOf(asked.answer);
  const shown = { ...result, text: asked.hide(result.text) };
  return restricted(connection, { method: input.method, path: place.path }, shown);
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

function restricted(
  connection: Connection,
  call: { readonly method: string; readonly path: string },
  result: ToolResult,
): ToolResult {
  if (result.status === undefined) return result;
  const shown = applyRestrictions(connection, call, result.text);
  return shown.ok ? { ...result, text: shown.text } : { ...result, text: shown.reason };
}
