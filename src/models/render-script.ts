import type { ScriptTurn } from '../domain/bundle.ts';
import type { ModelToolCall } from '../domain/ports/model.ts';
import type { Templates } from '../domain/ports/templates.ts';
import type { ScriptVariables } from './script-variables.ts';

/** A string that is one expression and asks for JSON becomes that value instead of text: `"{{ results[0].size | tojson }}"`. */
const TYPED = /^\s*\{\{(?:(?!\}\}).)*\|\s*tojson\s*\}\}\s*$/s;

export type RenderedTurn =
  | { readonly ok: true; readonly text: string; readonly toolCalls: readonly Pick<ModelToolCall, 'name' | 'input'>[] }
  | { readonly ok: false; readonly message: string };

/** One turn with every string of its text and arguments rendered, at any depth; the first wrong template ends it. */
export function renderTurn(turn: ScriptTurn, variables: ScriptVariables, templates: Templates): RenderedTurn {
  const errors: string[] = [];
  const render = (template: string): string => {
    const rendered = templates.render(template, variables);
    if (rendered.ok) return rendered.text;
    errors.push(rendered.error.message);
    return '';
  };
  const text = render(turn.text ?? '');
  const toolCalls = (turn.toolCalls ?? []).map(({ tool, input }) => ({
    name: tool,
    input: renderValue(input, render),
  }));
  const [message] = errors;
  return message === undefined ? { ok: true, text, toolCalls } : { ok: false, message };
}

function renderValue(value: unknown, render: (template: string) => string): unknown {
  if (typeof value === 'string') return TYPED.test(value) ? typed(render(value)) : render(value);
  if (Array.isArray(value)) return value.map((item) => renderValue(item, render));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderValue(item, render)]));
}

/** What did not render to JSON (a missing key stays visible as written) stays text. */
function typed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
