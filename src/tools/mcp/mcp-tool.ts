import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { cleanSchema } from './clean-schema.ts';
import { cleanText } from './clean-text.ts';
import type { McpServer } from './mcp-server.ts';
import { resultText } from './result-text.ts';
import type { ListedTool } from './tools-hash.ts';
import { withSignal } from './with-signal.ts';

/** Of one result, after redaction. */
export const MAX_MCP_RESULT_CHARACTERS = 1_048_576;

const MAX_DESCRIPTION = 1_000;
const MAX_ERROR_CHARACTERS = 2_000;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The name that the model knows a server's tool by; undefined when the server's name for it is no plain one. */
export function mcpToolName({ prefix }: Pick<McpServer, 'prefix'>, name: string): string | undefined {
  const whole = `${prefix}_${name.replaceAll(/[./]/g, '_')}`;
  return NAME.test(whole) ? whole : undefined;
}

/** A tool of a running server: a write unless its file says otherwise, whatever the server says of it. */
export function mcpTool(
  server: McpServer,
  listed: ListedTool,
  { name, client }: { name: string; client: Client },
): Tool {
  const { settings, connection } = server;
  const effect = settings.readTools?.includes(listed.name) ? 'read' : 'write';
  const words = cleanText(listed.description ?? '', MAX_DESCRIPTION);
  return {
    name,
    description: `A ${effect === 'read' ? 'reading' : 'writing'} tool of the MCP server "${connection}"${words ? `, which says of it: ${words}` : '.'}`,
    inputSchema: cleanSchema(listed.inputSchema),
    effect: (_, { bundle }) => {
      const restricted = bundle.connections.get(connection)?.fieldRestrictions ?? [];
      if (restricted.length > 0) return { ok: false, reason: restrictedFields(connection) };
      return { ok: true, call: { kind: 'tool', tool: name, effect, connection } };
    },
    run: (input, context) => run(client, { tool: listed.name, input }, context),
  };
}

/** A server can name and mix fields as it likes, so a rule about them cannot be held from outside. */
function restrictedFields(connection: string): string {
  return `the access file of connection "${connection}" restricts fields, which cannot be held over MCP: give the server a role without them, and drop "fieldRestrictions"`;
}

/** What stands for the tools of a server that could not be opened: it says why. */
export function missingTool({ connection }: McpServer, name: string, reason: string): Tool {
  return {
    name,
    description: `Out of reach in this session, as the MCP server "${connection}" could not be opened. Calling it only tells why.`,
    inputSchema: { type: 'object' },
    effect: () => ({ ok: true, call: { kind: 'tool', tool: name, effect: 'read', connection } }),
    run: async () => ({
      ok: false,
      text: `the MCP server "${connection}" could not be opened: ${reason}`,
      sent: false,
    }),
  };
}

interface Call {
  readonly tool: string;
  readonly input: unknown;
}

async function run(client: Client, { tool, input }: Call, context: ToolContext): Promise<ToolResult> {
  const { signal, automation, bundle, write } = context;
  const { CallToolResultSchema } = await import('@modelcontextprotocol/sdk/types.js');
  const params = {
    name: tool,
    arguments: input as Record<string, unknown>,
    ...(write ? { _meta: { idempotencyKey: write.idempotencyKey } } : {}),
  };
  const isOpen = client.transport !== undefined;
  const timeout = automation.limits.toolTimeoutSeconds * 1000;
  try {
    const answer = await withSignal(signal, (limited) =>
      client.request({ method: 'tools/call', params }, CallToolResultSchema, { signal: limited, timeout }),
    );
    const text = bundle.secrets.redact(resultText(answer));
    return { ok: answer.isError !== true, text: cut(text, MAX_MCP_RESULT_CHARACTERS) };
  } catch (error) {
    const text = bundle.secrets.redact(error instanceof Error ? error.message : String(error));
    return { ok: false, text: cut(text, MAX_ERROR_CHARACTERS), ...(isOpen ? {} : { sent: false }) };
  }
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}… [cut, ${text.length} characters]`;
}
