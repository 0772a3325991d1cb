import { quote } from './describe-value.ts';
import { errorAt, type Finding } from './finding.ts';
import { validateAutomation } from './generated/validators.js';
import type { Positions } from './locate.ts';
import { type ParsedFile, validated } from './parse-json.ts';
import { type Heading, headingsOf, type ReadFrontMatter, readMarkdown } from './read-markdown.ts';
import type { AutomationFile } from './schema/automation.ts';
import type { SourceFile } from './source-file.ts';

const FIELDS = ['title', 'schedule', 'trigger', 'timezone', 'enabled'];
const TITLE = /^automation\s*:\s*/i;
const SCHEDULE = /^\s*(?:[-*]\s+)?(?:\*\*)?schedule(?:\*\*)?\s*:\s*(?:\*\*)?\s*(.*?)\s*$/i;

/** A legacy Markdown automation (SPEC §2.3) brought to the shape of a JSON one. */
export interface ParsedMarkdown extends ParsedFile<AutomationFile> {
  readonly positions: Positions;
}

/** Reads title, `Schedule:` line and `## Check` section, and the few fields that front matter may set. */
export function parseMarkdownAutomation(source: SourceFile, read: ReadFrontMatter | undefined): ParsedMarkdown {
  const { data, positions, body, bodyLine, findings } = readMarkdown(source, read);
  if (findings.length > 0) return { value: {}, findings, references: [], positions };
  const lines = body.split(/\r?\n/);
  const headings = headingsOf(lines);
  const check = headings.find(({ title }) => title.replace(/\s+/g, ' ').toLowerCase() === 'check');
  if (data === undefined && !check) {
    const message = 'expected a "## Check" section, which is the prompt, or front matter, got neither';
    return { value: {}, findings: [errorAt([], 'no-prompt', message)], references: [], positions };
  }
  const prompt = check ? sectionOf(lines, headings, check) : lines.slice(titleEnd(headings)).join('\n').trim();
  const line = lines.findIndex((text, index) => SCHEDULE.test(text) && !isWithin(index, lines, headings, check));
  const schedule = line < 0 ? undefined : unquoted(SCHEDULE.exec(lines[line] ?? '')?.[1] ?? '');
  const fields = { ...(isRecord(data) ? data : {}) };
  const title = headings.find(({ level }) => level === 1)?.title.replace(TITLE, '');
  const value = { ...(title ? { title } : {}), ...(schedule === undefined ? {} : { schedule }), ...fields, prompt };
  const parsed = validated<AutomationFile>(value, validateAutomation, { kind: 'automation', findings: [] });
  const wrong = [...(isRecord(data) || data === undefined ? [] : [notFields()]), ...unknownFields(fields)];
  const known = {
    ...(line < 0 ? {} : { schedule: { line: bodyLine + line + 1, column: scheduleColumn(lines[line] ?? '') } }),
    prompt: { line: bodyLine + (check ? check.line : titleEnd(headings)) + 1, column: 1 },
    ...positions,
  };
  return { ...parsed, findings: [...wrong, ...parsed.findings], positions: known };
}

function notFields(): Finding {
  return errorAt([], 'bad-front-matter', 'the front matter must be fields, such as "title: Digest"');
}

/** Legacy files route nothing: a field that looks as if it did must not be silently without effect. */
function unknownFields(fields: Readonly<Record<string, unknown>>): readonly Finding[] {
  const unknown = Object.keys(fields).filter((name) => !FIELDS.includes(name));
  return unknown.map((name) => {
    const message = `unknown key ${quote(name)}: front matter knows ${FIELDS.join(', ')}; a .json file can hold all others`;
    return { ...errorAt([], 'unknown-key', message), path: [name] };
  });
}

/** From below the heading to the next one of the same or a higher level. */
function sectionOf(lines: readonly string[], headings: readonly Heading[], { line, level }: Heading): string {
  const next = headings.find((heading) => heading.line > line && heading.level <= level);
  return lines
    .slice(line + 1, next?.line)
    .join('\n')
    .trim();
}

function isWithin(
  index: number,
  _lines: readonly string[],
  headings: readonly Heading[],
  section: Heading | undefined,
): boolean {
  if (!section || index <= section.line) return false;
  const next = headings.find((heading) => heading.line > section.line && heading.level <= section.level);
  return next === undefined || index < next.line;
}

function titleEnd(headings: readonly Heading[]): number {
  const [first] = headings;
  return first?.level === 1 ? first.line + 1 : 0;
}

function scheduleColumn(line: string): number {
  const [, value = ''] = SCHEDULE.exec(line) ?? [];
  return line.indexOf(value, line.indexOf(':')) + 1;
}

function unquoted(text: string): string {
  return text.replace(/^(["'`])(.*)\1$/, '$2');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
