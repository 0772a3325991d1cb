import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Bundle } from '../../domain/bundle.ts';
import type { HttpClient } from '../../net/index.ts';
import { cleanText } from './clean-text.ts';
import { guardedFetch } from './guarded-fetch.ts';
import type { McpServer } from './mcp-server.ts';
import { stdioTransport } from './stdio-transport.ts';
import { hashTools, type ListedTool } from './tools-hash.ts';
import { withSignal } from './with-signal.ts';

/** From the start of a server to its first answer. */
export const DEFAULT_MCP_START_SECONDS = 30;
/** Of one server. */
export const MAX_MCP_TOOLS = 200;

const MAX_PAGES = 20;
const MAX_REASON_CHARACTERS = 600;

export interface OpenOptions {
  readonly bundle: Bundle;
  readonly http: Pick<HttpClient, 'send'>;
  /** Of one call. */
  readonly deadlineMs: number;
  /** The server is gone as soon as it aborts. */
  readonly signal: AbortSignal;
}

export type OpenedServer =
  | { readonly ok: true; readonly client: Client; readonly tools: readonly ListedTool[]; readonly hash: string }
  | { readonly ok: false; readonly reason: string };

interface Way {
  readonly transport: Transport;
  /** What the server itself has said about its trouble. */
  readonly complaint: () => string;
  readonly end: () => Promise<void>;
}

/** Starts or reaches a server and asks for its tools; never rejects, and leaves nothing behind when it fails. */
export async function openServer(server: McpServer, options: OpenOptions): Promise<OpenedServer> {
  const { signal, bundle } = options;
  if (signal.aborted) return { ok: false, reason: 'the session has ended' };
  let way: Way | undefined;
  try {
    const found = await wayTo(server, options);
    way = found;
    signal.addEventListener('abort', () => void found.end(), { once: true });
    const opened = await withSignal(signal, (own) => greet(server, found, own));
    if (!opened.ok || signal.aborted) await found.end();
    return opened;
  } catch (error) {
    await way?.end();
    const words = [error instanceof Error ? error.message : String(error), way?.complaint() ?? ''];
    const text = bundle.secrets.redact(words.filter((part) => part !== '').join('; it said: '));
    return { ok: false, reason: `it could not be reached: ${cleanText(text, MAX_REASON_CHARACTERS)}` };
  }
}

async function wayTo({ settings }: McpServer, options: OpenOptions): Promise<Way> {
  const { transport = settings.command === undefined ? 'http' : 'stdio' } = settings;
  if (transport === 'stdio') return overStdio(settings, options);
  return overHttp(settings, options);
}

function overStdio({ command, args = [], env = {} }: McpServer['settings'], { bundle }: OpenOptions): Way {
  const { secrets, dir } = bundle;
  if (command === undefined) throw new Error('its file has no "command"');
  const declared = Object.entries(env).map(([name, reference]) => [name, secrets.resolve(reference)]);
  const usual = ['PATH', 'HOME'].flatMap((name) => {
    const value = secrets.variable(name);
    return value === undefined ? [] : [[name, value]];
  });
  const all = Object.fromEntries([...usual, ...declared]);
  const transport = stdioTransport({ command, args, env: all, dir });
  return { transport, complaint: transport.complaint, end: () => transport.close() };
}

async function overHttp(settings: McpServer['settings'], { bundle, http, deadlineMs }: OpenOptions): Promise<Way> {
  const { secrets } = bundle;
  if (settings.url === undefined) throw new Error('its file has no "url"');
  const url = secrets.resolve(settings.url);
  const headers = Object.entries(settings.headers ?? {}).map(([name, reference]) => [
    name.toLowerCase(),
    secrets.resolve(reference),
  ]);
  const fetch = guardedFetch({
    http,
    url,
    headers: Object.fromEntries(headers),
    allowPrivateNetwork: settings.allowPrivateNetwork,
    deadlineMs,
  });
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch });
  const end = async () => {
    try {
      await transport.terminateSession();
    } catch {
      // The server need not know sessions, and may be gone.
    }
    await transport.close();
  };
  return { transport: transport as Transport, complaint: () => '', end };
}

async function greet({ settings }: McpServer, { transport }: Way, signal: AbortSignal): Promise<OpenedServer> {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const client = new Client({ name: 'amodal', version: '1' }, { capabilities: {} });
  const limits = { signal, timeout: DEFAULT_MCP_START_SECONDS * 1000 };
  await client.connect(transport, limits);
  const tools = await listTools(client, limits);
  if (!tools) return { ok: false, reason: `it lists more than ${MAX_MCP_TOOLS} tools` };
  const hash = hashTools(tools);
  const { toolsHash } = settings;
  if (toolsHash !== undefined && toolsHash !== hash) {
    return {
      ok: false,
      reason: `its tool list is not the one that its file names: "toolsHash" is ${toolsHash}, the list is ${hash}. Look at what has changed, then put the new hash into the file`,
    };
  }
  return { ok: true, client, tools, hash };
}

interface Limits {
  readonly signal: AbortSignal;
  readonly timeout: number;
}

/** Undefined when there are too many. */
async function listTools(client: Client, limits: Limits): Promise<readonly ListedTool[] | undefined> {
  const { ListToolsResultSchema } = await import('@modelcontextprotocol/sdk/types.js');
  const tools: ListedTool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const request = { method: 'tools/list' as const, params: cursor === undefined ? {} : { cursor } };
    const answer = await client.request(request, ListToolsResultSchema, limits);
    tools.push(...answer.tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })));
    if (tools.length > MAX_MCP_TOOLS) return undefined;
    cursor = answer.nextCursor;
    if (cursor === undefined) return tools;
  }
  return undefined;
}
