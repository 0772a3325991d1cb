/** A stretch of text in one style. */
export interface Span {
  readonly style: 'regular' | 'bold' | 'italic' | 'code';
  readonly text: string;
}

const SPAN = /\*\*([^*\n]+)\*\*|__([^_\n]+)__|`([^`\n]+)`|(?<![\w*])\*([^*\s][^*\n]*)\*(?![\w*])/g;

/** The styles of a line of Markdown; whatever is no style of ours stays as it is written. */
export function inlineMarkdown(line: string): readonly Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const match of line.matchAll(SPAN)) {
    const [whole, bold, alsoBold, code, italic] = match;
    if (match.index > at) spans.push({ style: 'regular', text: line.slice(at, match.index) });
    if (code !== undefined) spans.push({ style: 'code', text: code });
    else if (italic !== undefined) spans.push({ style: 'italic', text: italic });
    else spans.push({ style: 'bold', text: bold ?? alsoBold ?? '' });
    at = match.index + whole.length;
  }
  if (at < line.length) spans.push({ style: 'regular', text: line.slice(at) });
  return spans;
}
