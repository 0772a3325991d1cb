import type { HttpTool } from '../../domain/custom-tool.ts';
import type { Templates } from '../../domain/ports/templates.ts';
import type { Effect, Tool, ToolContext } from '../../domain/ports/tool.ts';
import { type Filled, fillTexts } from './fill-texts.ts';

export interface HttpToolPorts {
  /** The tool `request`: it makes the call, and says what it is. */
  readonly request: Tool;
  readonly templates?: Templates;
}

/** One request of a connection whose method and path stand in Git: judged and sent as `request` would. */
export function httpTool(tool: HttpTool, { request, templates }: HttpToolPorts): Tool {
  const { name, description, inputSchema } = tool;
  const fill = (input: unknown) => requestOf(tool, input, templates);
  return {
    name,
    description,
    inputSchema,
    effect: (input, context) => effectOf(name, fill(input), { request, context }),
    run: async (input, context) => {
      const filled = fill(input);
      if (!filled.ok) return { ok: false, text: filled.reason, sent: false };
      return request.run(filled.value, context);
    },
  };
}

interface Means {
  readonly request: Tool;
  readonly context: ToolContext;
}

function effectOf(name: string, filled: Filled, { request, context }: Means): Effect {
  if (!filled.ok) return filled;
  const effect = request.effect(filled.value, context);
  if (!effect.ok || effect.call.kind !== 'http') return effect;
  return { ok: true, call: { ...effect.call, tool: name } };
}

/** The arguments of `request` that this call stands for. */
function requestOf(
  { connection, method, endpoint, ...texts }: HttpTool,
  input: unknown,
  templates?: Templates,
): Filled {
  const path = pathOf(endpoint, input);
  if (!path.ok) return path;
  const { params, headers, body } = texts;
  const filled = fillTexts({ params, headers, data: body }, { input }, templates);
  if (!filled.ok) return filled;
  const { headers: asked, ...rest } = filled.value as { headers?: Readonly<Record<string, unknown>> };
  return {
    ok: true,
    value: { connection, method, endpoint: path.value, ...rest, ...(asked && { headers: textsOf(asked) }) },
  };
}

/** A path argument is one whole segment: what is in it cannot add or leave one. */
function pathOf(endpoint: string, input: unknown): Filled {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Readonly<Record<string, unknown>>;
  const segments: string[] = [];
  for (const segment of endpoint.split('/')) {
    const [, name] = /^\{(.+)\}$/.exec(segment) ?? [];
    const value = name === undefined ? segment : Object.hasOwn(given, name) ? given[name] : undefined;
    if (name !== undefined && !isSegment(value)) {
      return { ok: false, reason: `"${name}" stands in the path: it must be a text or a number that is not empty` };
    }
    segments.push(name === undefined ? segment : encodeURIComponent(String(value)));
  }
  return { ok: true, value: segments.join('/') };
}

/** Lone surrogates cannot be sent. */
function isSegment(value: unknown): boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return true;
  return typeof value === 'string' && value !== '' && !/\p{Surrogate}/u.test(value);
}

function textsOf(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
