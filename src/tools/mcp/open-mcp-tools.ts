import type { Logger } from '../../domain/ports/logger.ts';
import type { OpenTools, Tool } from '../../domain/ports/tool.ts';
import type { HttpClient } from '../../net/index.ts';
import { type McpServer, mcpServersOf } from './mcp-server.ts';
import { mcpTool, mcpToolName, missingTool } from './mcp-tool.ts';
import { type OpenedServer, openServer } from './open-server.ts';

export interface McpPorts {
  readonly http: Pick<HttpClient, 'send'>;
  readonly logger: Logger;
}

/** Opens the MCP servers of a session side by side; one that cannot be opened costs only its own tools. */
export function openMcpTools({ http, logger }: McpPorts): OpenTools {
  return async ({ bundle, automation, taken, signal }) => {
    const deadlineMs = automation.limits.toolTimeoutSeconds * 1000;
    const open = async (server: McpServer) => {
      const opened = await openServer(server, { bundle, http, deadlineMs, signal });
      if (!opened.ok)
        logger.warn('an MCP server could not be opened', { connection: server.connection, reason: opened.reason });
      return { server, opened };
    };
    const servers = await Promise.all(mcpServersOf(bundle, automation).map(open));
    const names = new Set(taken);
    const drop = (server: McpServer, tool: string) =>
      logger.warn('a tool of an MCP server is left out: its name is taken or not plain', {
        connection: server.connection,
        tool: tool.slice(0, 100),
      });
    return servers.flatMap(({ server, opened }) => toolsOf(server, opened, { names, drop }));
  };
}

interface Naming {
  /** Grows with each tool. */
  readonly names: Set<string>;
  readonly drop: (server: McpServer, tool: string) => void;
}

function toolsOf(server: McpServer, opened: OpenedServer, { names, drop }: Naming): readonly Tool[] {
  const listed = opened.ok ? opened.tools.map(({ name }) => name) : missingNames(server);
  return listed.flatMap((tool, index) => {
    const name = mcpToolName(server, tool);
    if (name === undefined || names.has(name)) {
      drop(server, tool);
      return [];
    }
    names.add(name);
    if (!opened.ok) return [missingTool(server, name, opened.reason)];
    const found = opened.tools[index];
    return found ? [mcpTool(server, found, { name, client: opened.client })] : [];
  });
}

/** Of a server that did not say which tools it has, the file knows these. */
function missingNames({ settings }: McpServer): readonly string[] {
  return settings.readTools && settings.readTools.length > 0 ? settings.readTools : ['unavailable'];
}
