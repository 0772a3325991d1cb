import type { ChainTool } from '../../domain/custom-tool.ts';
import type { Templates } from '../../domain/ports/templates.ts';
import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { fillTexts } from './fill-texts.ts';

/** Calls of other tools one after the other; each passes the gate by itself, and the first that fails ends it. */
export function chainTool(tool: ChainTool, templates: Templates | undefined): Tool {
  const { name, description, inputSchema } = tool;
  return {
    name,
    description,
    inputSchema,
    isUntimed: true,
    effect: () => ({ ok: true, call: { kind: 'local', tool: name } }),
    run: (input, context) => run(tool, input, { context, templates }),
  };
}

interface Means {
  readonly context: ToolContext;
  readonly templates: Templates | undefined;
}

async function run(tool: ChainTool, input: unknown, { context, templates }: Means): Promise<ToolResult> {
  const { takeStep, signal } = context;
  if (!takeStep) return { ok: false, text: 'there is no session that could take the steps', sent: false };
  const steps: Record<string, unknown> = Object.create(null);
  let last: ToolResult = { ok: true, text: '' };
  for (const step of tool.steps) {
    if (signal.aborted) return failed(step.name, 'the session was stopped');
    const filled = fillTexts(step.input, { input, steps: { ...steps } }, templates);
    if (!filled.ok) return failed(step.name, filled.reason);
    last = await takeStep({ step: step.name, tool: step.tool, input: filled.value });
    if (!last.ok) return failed(step.name, last.text);
    steps[step.name] = parsed(last.text);
  }
  if (tool.result === undefined) return { ok: true, text: last.text };
  const filled = fillTexts(tool.result, { input, steps: { ...steps } }, templates);
  return filled.ok ? { ok: true, text: textOf(filled.value) } : failed('result', filled.reason);
}

/** What its steps have done is in their own records. */
function failed(step: string, why: string): ToolResult {
  return { ok: false, text: `the chain ended at "${step}": ${why}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
