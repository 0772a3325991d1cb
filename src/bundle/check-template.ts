import type { Templates } from '../domain/ports/templates.ts';
import { errorAt, type Finding, type Path } from './finding.ts';

const TAG = /\{[{%#]/;
/** Nothing in such an output can be wrong: a path of names, or one with a quoted default. */
const PLAIN_OUTPUT = /\{\{-?\s*(?!(?:not|and|or|if|else|in|is)\b)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\s*-?\}\}/g;

/** Whether a template can hold an error at all. */
export function needsCheck(template: string): boolean {
  if (!template.includes('{{') && !template.includes('{%') && !template.includes('{#')) return false;
  return TAG.test(template.replace(PLAIN_OUTPUT, ''));
}

/** The syntax error of a template, with its line and column inside the text. */
export function checkTemplate(path: Path, template: string, templates: Templates): readonly Finding[] {
  if (!needsCheck(template)) return [];
  const wrong = templates.check(template);
  if (!wrong) return [];
  const place = `line ${wrong.line}${wrong.column === undefined ? '' : `, column ${wrong.column}`}`;
  return [errorAt(path, 'bad-template', `template error in ${place} of the text: ${wrong.message}`)];
}

/** The same for every text inside a value. */
export function checkTemplatesIn(path: Path, value: unknown, templates: Templates): readonly Finding[] {
  if (typeof value === 'string') return checkTemplate(path, value, templates);
  if (Array.isArray(value)) return value.flatMap((item, index) => checkTemplatesIn([...path, index], item, templates));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => checkTemplatesIn([...path, key], item, templates));
}
