import type { Templates } from '../../domain/ports/templates.ts';

/** What the texts of a custom tool may name. */
export interface ToolVariables {
  readonly input: unknown;
  /** What the steps of a chain have answered so far, by their names. */
  readonly steps?: Readonly<Record<string, unknown>>;
}

export type Filled = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

/** A text that is nothing but one path: it stands for the value itself. */
const PATH = /^\s*\{\{\s*((?:input|steps)(?:\.[A-Za-z_]\w*|\[\d+\])*)\s*\}\}\s*$/;
const MARKS = /\{[{%#]/;
/** An output of a text without blocks, so that it is shown in any case. */
const OUTPUT = /\{\{[-+]?\s*((?:input|steps)(?:\.[A-Za-z_]\w*|\[\d+\])*)\s*[-+]?\}\}/g;

/**
 * A value of a file with its texts filled in. A text that is one path (`"{{ input.amount }}"`) becomes the value that
 * it names, of whatever type, and its field is left out where there is none; every other text is rendered as Jinja, and
 * an output of it that names nothing is refused.
 */
export function fillTexts(value: unknown, variables: ToolVariables, templates: Templates | undefined): Filled {
  const problems: string[] = [];
  const render = (text: string): unknown => {
    const [, path] = PATH.exec(text) ?? [];
    if (path !== undefined) return valueAt(variables, path);
    if (!MARKS.test(text)) return text;
    const missing = missingIn(text, variables);
    if (missing !== undefined) {
      problems.push(`there is no ${missing}`);
      return undefined;
    }
    const rendered = templates?.render(text, { ...variables });
    if (rendered?.ok) return rendered.text;
    problems.push(rendered ? `line ${rendered.error.line}: ${rendered.error.message}` : 'no templates are at hand');
    return undefined;
  };
  const filled = mapTexts(value, render);
  const [reason] = problems;
  return reason === undefined ? { ok: true, value: filled } : { ok: false, reason: `a template failed: ${reason}` };
}

/** What goes to an upstream must not hold a template's own text. */
function missingIn(text: string, variables: ToolVariables): string | undefined {
  if (text.includes('{%')) return undefined;
  const paths = [...text.matchAll(OUTPUT)].map(([, path = '']) => path);
  return paths.find((path) => valueAt(variables, path) === undefined);
}

function mapTexts(value: unknown, render: (text: string) => unknown): unknown {
  if (typeof value === 'string') return render(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, render)).filter((item) => item !== undefined);
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value).map(([name, field]) => [name, mapTexts(field, render)] as const);
  return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
}

/** Own fields and items only: nothing that a prototype has. */
function valueAt(variables: ToolVariables, path: string): unknown {
  const names = path.split(/[.[\]]+/).filter((name) => name !== '');
  return names.reduce<unknown>((value, name) => {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    return (value as Readonly<Record<string, unknown>>)[name];
  }, variables);
}
