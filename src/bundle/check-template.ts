import type { Templates } from '../domain/ports/templates.ts';
import { errorAt, type Finding, type Path } from './finding.ts';
import { isSimpleTemplate } from './is-simple-template.ts';

/** Whether any text inside a parsed file is a template that needs the real parser; `text` is the file's own. */
export function needsTemplates(value: unknown, text: string): boolean {
  return MARK.some((mark) => text.includes(mark)) && holdsTemplate(value);
}

const MARK = ['{{', '{%', '{#'];

function holdsTemplate(value: unknown): boolean {
  if (typeof value === 'string') return needsCheck(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsTemplate);
}

function needsCheck(template: string): boolean {
  return MARK.some((mark) => template.includes(mark)) && !isSimpleTemplate(template);
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
