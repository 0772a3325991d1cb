import { scanTags, type Tag, withoutTexts } from './scan-template.ts';

/** A template whose outputs show themselves as written when what they name is missing. */
export interface VisibleTemplate {
  readonly source: string;
  /** The outputs as written, by the variable that stands for each. */
  readonly written: Readonly<Record<string, string>>;
}

const NAME = 'amodal_written_';

/** Puts `{% if … is undefined %}` around each output; line numbers stay as they are. */
export function visibleWhenMissing(template: string): VisibleTemplate {
  const written: Record<string, string> = {};
  let source = '';
  let at = 0;
  for (const tag of scanTags(template)) {
    const conditions = tag.kind === 'output' ? conditionsOf(tag.inner) : [];
    if (conditions.length === 0) continue;
    const name = `${NAME}${Object.keys(written).length}`;
    written[name] = template.slice(tag.start, tag.end);
    source += template.slice(at, tag.start) + guarded(tag, name, conditions);
    at = tag.end;
  }
  return { source: source + template.slice(at), written };
}

function guarded(tag: Tag, name: string, conditions: readonly string[]): string {
  const missing = conditions.map((condition) => `(${condition.replace(/\s+/g, ' ')}) is undefined`).join(' or ');
  const shown = `{{ ${name} }}{% else %}{{${tag.inner}}}`;
  return `{%${tag.trimBefore} if ${missing} %}${shown}{% endif ${tag.trimAfter}%}`;
}

/** The expressions of which none may be undefined; `x | default(…)` may stand on a missing `x`. */
function conditionsOf(expression: string): readonly string[] {
  const code = withoutTexts(expression);
  if (/\b(if|and|or|not|in|is)\b|[=<>!]=?/.test(topLevel(code))) return [expression.trim()];
  return splitTop(expression, code, OPERATOR).flatMap(conditionsOfOperand);
}

const OPERATOR = /[~+*%]|-|\/\/?/;
const PIPE = /\|/;
const DEFAULT = /^\s*(default|d)\b/;
/** The default itself may be missing. */
const DEFAULT_PATH = /^\s*(?:default|d)\s*\(\s*([A-Za-z_][\w.]*)\s*\)\s*$/;
const CALL = /[\w\])]\s*\(/;
const METHOD = /^([A-Za-z_][\w.]*)\.\w+\s*\(/;

function conditionsOfOperand(operand: string): readonly string[] {
  const [base = '', ...filters] = splitTop(operand, withoutTexts(operand), PIPE);
  const root = base.trim();
  if (root === '' || /^[\d"']/.test(root)) return [];
  const called = CALL.test(withoutTexts(root));
  const owner = METHOD.exec(root)?.[1];
  const first = called ? (owner === undefined ? [] : [owner]) : filters[0] && DEFAULT.test(filters[0]) ? [] : [root];
  const later = filters.flatMap((filter, index) => {
    const before = [root, ...filters.slice(0, index)].join('|').trim();
    const [, fallback] = DEFAULT_PATH.exec(filter) ?? [];
    if (fallback !== undefined) return [`(${before}) if (${before}) is defined else ${fallback}`];
    const next = filters[index + 1];
    return next !== undefined && DEFAULT.test(next) ? [] : [`${before}|${filter}`.trim()];
  });
  return called ? first : [...first, ...later];
}

/** The parts of an expression between separators that stand outside of quotes and brackets. */
function splitTop(expression: string, code: string, separator: RegExp): readonly string[] {
  const flat = topLevel(code);
  const parts: string[] = [];
  let at = 0;
  for (const match of flat.matchAll(new RegExp(separator, 'g'))) {
    parts.push(expression.slice(at, match.index));
    at = match.index + match[0].length;
  }
  return [...parts, expression.slice(at)];
}

/** The same text with everything inside brackets blanked. */
function topLevel(code: string): string {
  let depth = 0;
  let flat = '';
  for (const char of code) {
    if (')]}'.includes(char)) depth = Math.max(0, depth - 1);
    flat += depth > 0 ? ' '.repeat(char.length) : char;
    if ('([{'.includes(char)) depth++;
  }
  return flat;
}
