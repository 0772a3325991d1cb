import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from './root-dir.ts';

/** A fenced block of a page. `path` is set when the line before it names a file: `` `automations/x.json`: ``. */
export interface MarkdownBlock {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly code: string;
  readonly path?: string;
}

/** Every page that users read: README and everything under docs/. Paths relative to the repository. */
export function documentPages(): readonly string[] {
  const pages = readdirSync(join(rootDir, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', ...pages.filter((page) => page.endsWith('.md')).map((page) => join('docs', page))].sort();
}

export function blocksOf(page: string): readonly MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  const lines = readFileSync(join(rootDir, page), 'utf8').split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^(\s*)```(\w*)\s*$/.exec(lines[index] ?? '');
    if (!fence) continue;
    const [, indent = '', language = ''] = fence;
    const end = lines.findIndex((line, at) => at > index && line.trim() === '```');
    if (end < 0) throw new Error(`${page}:${index + 1} block is never closed`);
    const code = lines.slice(index + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ page, line: index + 1, language, code: code.join('\n'), path: pathBefore(lines, index) });
    index = end;
  }
  return blocks;
}

/** The file that the text right before a block names. */
function pathBefore(lines: readonly string[], index: number): string | undefined {
  const before = lines.slice(Math.max(0, index - 2), index).filter((line) => line.trim() !== '');
  return /`([\w./-]+\.(?:json|md|mjs))`[^`]*:\s*$/.exec(before.at(-1) ?? '')?.[1];
}
