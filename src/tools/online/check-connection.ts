import type { Bundle } from '../../domain/bundle.ts';
import type { Connection } from '../../domain/connection.ts';
import { buildUrl, type HttpClient } from '../../net/index.ts';
import { cleanText } from '../mcp/clean-text.ts';
import { mcpServerOf } from '../mcp/mcp-server.ts';
import { openServer } from '../mcp/open-server.ts';
import { authorizationFor } from '../request/authorization.ts';

const DEADLINE_MS = 30_000;
const MAX_NAME_CHARACTERS = 64;

export interface OnlinePorts {
  readonly http: Pick<HttpClient, 'send'>;
  readonly bundle: Bundle;
  readonly now: number;
}

/** What asking a connection's upstream has shown. */
export interface OnlineFinding {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  /** Begins with the key of `spec.json` that it is about. */
  readonly message: string;
}

/**
 * Asks the upstream of one connection whether all is well, with the credentials for reading: the `testPath` of an API,
 * the tool list of an MCP server. Nothing is asked of the others.
 */
export function checkConnection(connection: Connection, ports: OnlinePorts): Promise<readonly OnlineFinding[]> {
  switch (connection.protocol) {
    case 'http':
      return connection.testPath === undefined
        ? Promise.resolve([])
        : checkTestPath(connection, connection.testPath, ports);
    case 'mcp':
      return checkToolList(connection, ports);
    default:
      return Promise.resolve([]);
  }
}

async function checkTestPath(
  { baseUrl, auth, headers, allowPrivateNetwork }: Connection,
  endpoint: string,
  { http, bundle, now }: OnlinePorts,
): Promise<readonly OnlineFinding[]> {
  const { secrets } = bundle;
  const wrong = (message: string) => [
    { severity: 'error' as const, code: 'no-answer', message: `testPath: ${message}` },
  ];
  const place = buildUrl({ baseUrl: secrets.resolve(baseUrl), endpoint });
  if (!place.ok) return wrong(place.reason);
  const { signal } = new AbortController();
  const authorization = await authorizationFor(auth, { secrets, http, allowPrivateNetwork, now, signal });
  if (!authorization.ok) return wrong(authorization.reason);
  const own = Object.entries(headers).map(([name, reference]) => [name.toLowerCase(), secrets.resolve(reference)]);
  const answer = await http.send({
    url: place.url,
    headers: { ...Object.fromEntries(own), ...authorization.headers },
    allowPrivateNetwork,
    deadlineMs: DEADLINE_MS,
    answer: 'excerpt',
  });
  if (!answer.ok) return wrong(secrets.redact(answer.error));
  return answer.status < 300 ? [] : wrong(`GET ${endpoint} answered ${answer.status}`);
}

async function checkToolList(connection: Connection, { http, bundle }: OnlinePorts): Promise<readonly OnlineFinding[]> {
  const { settings, ...server } = mcpServerOf(connection);
  const { toolsHash, ...unpinned } = settings;
  const session = new AbortController();
  const opened = await openServer(
    { ...server, settings: unpinned },
    { bundle, http, deadlineMs: DEADLINE_MS, signal: session.signal },
  );
  session.abort();
  if (!opened.ok) return [{ severity: 'error', code: 'no-answer', message: opened.reason }];
  if (toolsHash === opened.hash) return unknownReadTools(settings.readTools, opened.tools);
  const names = opened.tools.map(({ name }) => cleanText(bundle.secrets.redact(name), MAX_NAME_CHARACTERS)).sort();
  const list = `${names.length} tools (${names.join(', ')})`;
  const wayOut = `look at them, then write "toolsHash": "${opened.hash}"`;
  const code = toolsHash === undefined ? 'tools-not-pinned' : 'tools-changed';
  const what = toolsHash === undefined ? 'the tool list is not pinned' : 'the tool list is not the one that was pinned';
  return [
    {
      severity: toolsHash === undefined ? 'warning' : 'error',
      code,
      message: `toolsHash: ${what}: ${list}; ${wayOut}`,
    },
    ...unknownReadTools(settings.readTools, opened.tools),
  ];
}

function unknownReadTools(
  readTools: readonly string[] = [],
  tools: readonly { readonly name: string }[],
): readonly OnlineFinding[] {
  const missing = readTools.filter((name) => !tools.some((tool) => tool.name === name));
  return missing.map((name) => ({
    severity: 'warning',
    code: 'unknown-tool',
    message: `readTools: the server has no tool "${name}"`,
  }));
}
