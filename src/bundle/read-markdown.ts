import type { FrontMatter } from './front-matter.ts';
import { readSimpleFrontMatter } from './simple-front-matter.ts';
import type { SourceFile } from './source-file.ts';

/** What a Markdown file is read with; loaded only when a file has front matter. */
export type ReadFrontMatter = (text: string) => FrontMatter;

/** True for a text whose front matter, or what looks like it, needs the real parser. */
export function needsFrontMatterParser({ text }: SourceFile): boolean {
  return hasFrontMatter(text) && readSimpleFrontMatter(text) === undefined;
}

function hasFrontMatter(text: string): boolean {
  return text.startsWith('---') && !text.startsWith('----');
}

/** The fields and the body of a Markdown file; without front matter the whole text is the body. */
export function readMarkdown(source: SourceFile, readFrontMatter: ReadFrontMatter | undefined): FrontMatter {
  if (source.problem) return { data: undefined, positions: {}, body: '', bodyLine: 0, findings: [source.problem] };
  if (hasFrontMatter(source.text)) {
    const simple = readSimpleFrontMatter(source.text) ?? readFrontMatter?.(source.text);
    if (simple) return simple;
  }
  return { data: undefined, positions: {}, body: source.text, bodyLine: 0, findings: [] };
}

/** A heading of a Markdown text; `line` counts from 0. */
export interface Heading {
  readonly level: number;
  readonly title: string;
  readonly line: number;
}

const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const CODE_FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** The headings outside of fenced code. */
export function headingsOf(lines: readonly string[]): readonly Heading[] {
  const headings: Heading[] = [];
  let fence: string | undefined;
  for (const [line, text] of lines.entries()) {
    const [, marks] = CODE_FENCE.exec(text) ?? [];
    if (fence !== undefined) {
      if (marks?.startsWith(fence) && text.trim() === marks) fence = undefined;
    } else if (marks !== undefined) {
      fence = marks;
    } else {
      const [, level, title = ''] = HEADING.exec(text) ?? [];
      if (level !== undefined) headings.push({ level: level.length, title: title.trim(), line });
    }
  }
  return headings;
}
