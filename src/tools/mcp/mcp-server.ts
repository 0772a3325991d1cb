import type { Automation } from '../../domain/automation.ts';
import type { Bundle } from '../../domain/bundle.ts';
import type { Connection } from '../../domain/connection.ts';
import { withChainSteps } from '../../domain/custom-tool.ts';
import type { Reference } from '../../domain/secret.ts';

/** How a server is reached, as `spec.json` or `amodal.json` says it. */
export interface McpServerSettings {
  /** Default: `stdio` with a command, `http` with a URL. */
  readonly transport?: 'stdio' | 'http';
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, Reference>>;
  readonly url?: Reference;
  readonly headers?: Readonly<Record<string, Reference>>;
  /** The server's own names of its tools that only read. */
  readonly readTools?: readonly string[];
  /** Of the list that a person has looked at, as `hashTools` writes it. */
  readonly toolsHash?: string;
  readonly allowPrivateNetwork: boolean;
}

/** A connection of `protocol: "mcp"`; those of `amodal.json` have become connections when the bundle was loaded. */
export interface McpServer {
  readonly connection: string;
  /** In front of the names of its tools: the connection's name in snake case. */
  readonly prefix: string;
  readonly settings: McpServerSettings;
}

/** The servers that an automation may use and could use a tool of. */
export function mcpServersOf(bundle: Bundle, automation: Automation): readonly McpServer[] {
  const { connections } = automation;
  const tools = withChainSteps(bundle.customTools, automation.tools);
  return [...bundle.connections.values()]
    .filter(({ name, protocol }) => protocol === 'mcp' && (connections?.includes(name) ?? true))
    .map(mcpServerOf)
    .filter(({ prefix }) => mayUse(tools, `${prefix}_`));
}

/** A connection of `protocol: "mcp"` as the server that it is. */
export function mcpServerOf({ name, spec, allowPrivateNetwork }: Connection): McpServer {
  return {
    connection: name,
    prefix: name.replaceAll(/[^A-Za-z0-9]+/g, '_'),
    settings: { ...spec, allowPrivateNetwork },
  };
}

/** Whether some name of a list of tools could begin so. */
function mayUse(tools: readonly string[] | undefined, prefix: string): boolean {
  if (!tools) return true;
  return tools.some((tool) => tool.startsWith(prefix) || (tool.endsWith('*') && prefix.startsWith(tool.slice(0, -1))));
}
