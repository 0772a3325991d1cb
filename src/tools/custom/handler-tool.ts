import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HandlerTool } from '../../domain/custom-tool.ts';
import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { createSlots } from '../worker/slots.ts';
import { runHandler } from './run-handler.ts';

/** The one variable that a handler gets besides those that its file names: set where its call is a write. */
const KEY_VARIABLE = 'AMODAL_IDEMPOTENCY_KEY';

/** Handlers at once in a process; more calls wait. */
const MAX_HANDLERS = 4;

const inSlot = createSlots(MAX_HANDLERS);

/**
 * A program of the bundle in a child process: arguments as JSON on stdin, the answer on stdout. It is a write unless its
 * file says otherwise, gets only the variables that its file names, and does not run when it has changed since the load.
 */
export function handlerTool(tool: HandlerTool): Tool {
  const { name, description, inputSchema, effect } = tool;
  return {
    name,
    description,
    inputSchema,
    effect: () => ({ ok: true, call: { kind: 'tool', tool: name, effect } }),
    run: (input, context) =>
      inSlot(
        () => run(tool, input, context),
        () => notStarted('stopped while it waited for its turn'),
        context.signal,
      ),
  };
}

async function run(tool: HandlerTool, input: unknown, context: ToolContext): Promise<ToolResult> {
  const { bundle, automation, signal } = context;
  const file = join(bundle.dir, tool.handler);
  if ((await hashOf(file)) !== tool.handlerHash) {
    return notStarted(`${tool.handler} is not the program that was loaded with this run's bundle: it was not started`);
  }
  const { toolTimeoutSeconds } = automation.limits;
  const seconds = Math.min(tool.timeoutSeconds ?? toolTimeoutSeconds, toolTimeoutSeconds);
  const ended = await runHandler({ file, input, env: variablesOf(tool, context), timeoutMs: seconds * 1000 }, signal);
  if (ended.ok) return { ok: true, text: ended.text };
  return { ok: false, text: ended.error, ...(ended.started ? {} : { sent: false }) };
}

async function hashOf(file: string): Promise<string | undefined> {
  try {
    return hash('sha256', await readFile(file));
  } catch {
    return undefined;
  }
}

function variablesOf({ env }: HandlerTool, { bundle, write }: ToolContext): Readonly<Record<string, string>> {
  const own = Object.entries(env).map(([name, reference]) => [name, bundle.secrets.resolve(reference)]);
  return { ...Object.fromEntries(own), ...(write && { [KEY_VARIABLE]: write.idempotencyKey }) };
}

function notStarted(text: string): ToolResult {
  return { ok: false, text, sent: false };
}
