/** One block of a Markdown text. */
export type Block =
  | { readonly type: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly type: 'item'; readonly mark: string; readonly depth: number; readonly text: string }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'paragraph'; readonly text: string };

const MAX_DEPTH = 4;

/** Headings, list items, fenced code and paragraphs, in order; everything else is a paragraph as written. */
export function markdownBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  let code: string[] | undefined;
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push({ type: 'paragraph', text: paragraph.join(' ') });
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    const isFence = /^\s*```/.test(line);
    if (code !== undefined && isFence) {
      blocks.push({ type: 'code', text: code.join('\n') });
      code = undefined;
    } else if (code !== undefined) code.push(line);
    else if (isFence) {
      endParagraph();
      code = [];
    } else if (line.trim() === '') endParagraph();
    else {
      const block = blockIn(line);
      if (block) endParagraph();
      if (block) blocks.push(block);
      else paragraph.push(line.trim());
    }
  }
  endParagraph();
  if (code !== undefined && code.length > 0) blocks.push({ type: 'code', text: code.join('\n') });
  return blocks;
}

function blockIn(line: string): Block | undefined {
  const [, marks, heading] = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line) ?? [];
  if (marks !== undefined && heading !== undefined) {
    const level = marks.length === 1 ? 1 : marks.length === 2 ? 2 : 3;
    return { type: 'heading', level, text: heading };
  }
  const [, blanks, mark, item] = /^(\s*)([-*+•]|\d{1,4}[.)])\s+(.*)$/.exec(line) ?? [];
  if (blanks === undefined || mark === undefined || item === undefined) return undefined;
  const depth = Math.min(MAX_DEPTH, Math.floor(blanks.length / 2));
  return { type: 'item', mark: /^\d/.test(mark) ? mark : '•', depth, text: item };
}
