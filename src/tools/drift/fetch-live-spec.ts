import { resolve } from 'node:path';
import type { Connection } from '../../domain/connection.ts';
import type { ToolContext } from '../../domain/ports/tool.ts';
import type { HttpClient } from '../../net/index.ts';
import { askGit } from '../git-upstream.ts';
import { authorizationFor } from '../request/authorization.ts';
import { INTROSPECTION_QUERY } from './introspection-query.ts';
import { MAX_SPEC_BYTES, type SpecText, specText } from './read-stored-spec.ts';

const ACCEPT = 'application/json, application/yaml, text/*;q=0.9, */*;q=0.1';
const DEFAULT_SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';

export interface LivePorts {
  readonly http: Pick<HttpClient, 'send'>;
  readonly context: ToolContext;
}

/** What an upstream says of itself now; the connection's file says where, so nothing in the request is the model's. */
export function fetchLiveSpec(connection: Connection, ports: LivePorts): Promise<SpecText> {
  return connection.protocol === 'git' ? fromRepository(connection, ports) : fromUrl(connection, ports);
}

async function fromRepository({ spec }: Connection, { context }: LivePorts): Promise<SpecText> {
  const { specPath, path = '.' } = spec;
  const answer = await askGit({
    dir: resolve(context.bundle.dir, String(path)),
    path: '/file',
    query: { path: String(specPath) },
    searchPath: context.bundle.secrets.variable('PATH') ?? DEFAULT_SEARCH_PATH,
    signal: context.signal,
  });
  if (!answer.ok) return { ok: false, reason: `"specPath" cannot be read: ${answer.text}` };
  return specText(String((JSON.parse(answer.text) as { readonly text: unknown }).text));
}

async function fromUrl(connection: Connection, { http, context }: LivePorts): Promise<SpecText> {
  const { bundle, signal, automation } = context;
  const { secrets } = bundle;
  const { allowPrivateNetwork, format } = connection;
  const url = new URL(secrets.resolve(connection.specUrl ?? ''));
  const base = new URL(secrets.resolve(connection.baseUrl));
  const headers =
    url.origin === base.origin ? await ownHeaders(connection, { http, context }) : { ok: true as const, headers: {} };
  if (!headers.ok) return headers;
  const isEndpoint = format === 'graphql' && url.href === base.href;
  const answer = await http.send({
    url: url.href,
    method: isEndpoint ? 'POST' : 'GET',
    headers: { accept: ACCEPT, ...headers.headers, ...(isEndpoint && { 'content-type': 'application/json' }) },
    ...(isEndpoint && { body: JSON.stringify({ query: INTROSPECTION_QUERY }) }),
    allowPrivateNetwork,
    deadlineMs: automation.limits.toolTimeoutSeconds * 1000,
    maxBytes: MAX_SPEC_BYTES,
    signal,
  });
  if (!answer.ok) return { ok: false, reason: `"specUrl" gave no answer: ${answer.error}` };
  if (answer.status !== 200) return { ok: false, reason: `"specUrl" answered ${answer.status}` };
  return specText(answer.text);
}

type OwnHeaders =
  | { readonly ok: true; readonly headers: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly reason: string };

/** Credentials go to the connection's own origin and nowhere else, and never those for writes. */
async function ownHeaders(connection: Connection, { http, context }: LivePorts): Promise<OwnHeaders> {
  const { secrets } = context.bundle;
  const { allowPrivateNetwork, auth, headers } = connection;
  const ports = { secrets, http, allowPrivateNetwork, now: context.now(), signal: context.signal };
  const authorization = await authorizationFor(auth, ports);
  if (!authorization.ok) return authorization;
  const own = Object.entries(headers).map(([name, reference]) => [name.toLowerCase(), secrets.resolve(reference)]);
  return { ok: true, headers: { ...Object.fromEntries(own), ...authorization.headers } };
}
