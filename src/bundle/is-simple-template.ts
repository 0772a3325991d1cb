import { scanTags, type Tag } from './scan-template.ts';

const NAME = String.raw`(?!(?:not|and|or|if|else|in|is|true|false|none)\b)[A-Za-z_]\w*`;
const TEXT = String.raw`"[^"\\{}%#]*"|'[^'\\{}%#]*'`;
const INDEX = String.raw`\[(?:\d{1,6}|:\d{1,6}|\d{1,6}:)\]`;
const PATH = String.raw`${NAME}(?:\.[A-Za-z_]\w*|${INDEX})*`;
const OPERAND = String.raw`(?:${PATH}|${TEXT}|\d{1,9})`;
const FILTER = String.raw`\s*\|\s*(?:(?:upper|lower|length|trim|title|tojson|first|last)(?![\w(])|(?:default|d|join)\(\s*${OPERAND}\s*\))`;
const VALUE = `${OPERAND}(?:${FILTER})*`;
const CONDITION = String.raw`(?:not\s+)?${PATH}(?:\s*(?:==|!=|<=|>=|<|>)\s*${OPERAND})?`;

const OUTPUT = whole(VALUE);
const IF = whole(`(?:if|elif)\\s+${CONDITION}`);
const FOR = whole(`for\\s+${NAME}\\s+in\\s+${PATH}`);

/**
 * True for a template of which it is certain without the real parser that it is right: outputs of paths with common
 * filters, `if`, `for`. False says nothing.
 */
export function isSimpleTemplate(template: string): boolean {
  const tags = scanTags(template);
  if (template.includes('{#')) return false;
  const open: string[] = [];
  let end = 0;
  for (const tag of tags) {
    if (MARK.test(template.slice(end, tag.start)) || !fits(tag, open)) return false;
    end = tag.end;
  }
  return open.length === 0 && !MARK.test(template.slice(end));
}

const MARK = /\{[{%#]|[}%#]\}/;

/** Keeps the blocks that are open; an `else` takes the place of its `if`, since nothing but the end may follow it. */
function fits({ kind, inner }: Tag, open: string[]): boolean {
  if (kind === 'output') return OUTPUT.test(inner);
  const text = inner.trim();
  const top = open.at(-1);
  if (text.startsWith('elif')) return top === 'if' && IF.test(inner);
  if (text === 'else' || text.startsWith('end')) return closes(text, top, open);
  const name = IF.test(inner) ? 'if' : FOR.test(inner) ? 'for' : undefined;
  if (name !== undefined) open.push(name);
  return name !== undefined;
}

function closes(text: string, top: string | undefined, open: string[]): boolean {
  open.pop();
  if (text === 'else') open.push('else');
  if (text === 'endfor') return top === 'for';
  return text === 'else' ? top === 'if' : text === 'endif' && (top === 'if' || top === 'else');
}

function whole(pattern: string): RegExp {
  return new RegExp(`^\\s*${pattern}\\s*$`);
}
