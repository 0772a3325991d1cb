import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import type { Automation } from '../../../src/domain/automation.ts';
import type { Connection } from '../../../src/domain/connection.ts';
import type { Tool, ToolContext, ToolResult } from '../../../src/domain/ports/tool.ts';
import { createHttpClient } from '../../../src/net/index.ts';
import { openMcpTools } from '../../../src/tools/index.ts';
import { testAutomation, testBundle } from '../../agent/session-world.ts';

export const FIXTURE = fileURLToPath(new URL('./fixture-server.mjs', import.meta.url));

export interface OpenOptions {
  readonly connections: readonly Partial<Connection>[];
  readonly automation?: Partial<Automation>;
  readonly env?: Readonly<Record<string, string>>;
  readonly taken?: readonly string[];
  readonly dir?: string;
  /** The session has ended before its tools are opened. */
  readonly isOver?: true;
}

export interface Opened {
  readonly tools: readonly Tool[];
  readonly names: readonly string[];
  readonly warnings: readonly { readonly message: string; readonly fields?: Readonly<Record<string, unknown>> }[];
  tool(name: string): Tool;
  call(name: string, input?: unknown): Promise<ToolResult>;
  /** The end of the session. */
  end(): void;
}

const open: AbortController[] = [];

afterEach(() => {
  for (const controller of open.splice(0)) controller.abort();
});

/** A connection `fix` to the fixture over stdio. */
export function fixture(
  options: Readonly<Record<string, unknown>> = {},
  spec: Readonly<Record<string, unknown>> = {},
): Partial<Connection> {
  const args = [FIXTURE, JSON.stringify(options)];
  return { name: 'fix', protocol: 'mcp', spec: { protocol: 'mcp', command: process.execPath, args, ...spec } };
}

/** Opens the servers of a session as the agent does. */
export async function openTools({
  connections,
  automation,
  env = {},
  taken = [],
  dir = '/nowhere',
  isOver,
}: OpenOptions): Promise<Opened> {
  const controller = new AbortController();
  open.push(controller);
  if (isOver) controller.abort();
  const warnings: Opened['warnings'][number][] = [];
  const warn = (message: string, fields?: Readonly<Record<string, unknown>>) => void warnings.push({ message, fields });
  const logger = { debug() {}, info() {}, warn, error() {} };
  const session = {
    bundle: testBundle({ connections, env, bundle: { dir, root: dir } }),
    automation: testAutomation(automation),
    taken,
    signal: controller.signal,
  };
  const tools = await openMcpTools({ http: createHttpClient(), logger })(session);
  const context: ToolContext = {
    run: 'run_1',
    ...session,
    documents: {} as ToolContext['documents'],
    untrusted: false,
    now: () => 0,
  };
  const tool = (name: string) => {
    const found = tools.find((one) => one.name === name);
    if (!found) throw new Error(`there is no tool ${name}; there are ${tools.map((one) => one.name).join(', ')}`);
    return found;
  };
  const call = async (name: string, input: unknown = {}): Promise<ToolResult> => {
    const effect = tool(name).effect(input, context);
    return effect.ok ? tool(name).run(input, context) : { ok: false, text: effect.reason, sent: false };
  };
  return { tools, names: tools.map(({ name }) => name), warnings, tool, call, end: () => controller.abort() };
}

/** Ended, or a zombie that nobody has waited for (Linux). */
export function isGone(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return true;
  }
}
