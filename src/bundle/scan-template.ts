/** One `{{ … }}` or `{% … %}` of a template; offsets into its text. */
export interface Tag {
  readonly kind: 'output' | 'block';
  readonly start: number;
  readonly end: number;
  /** What stands between the marks, without the `-` or `+` of whitespace control. */
  readonly inner: string;
  readonly innerStart: number;
  readonly trimBefore: '' | '-' | '+';
  readonly trimAfter: '' | '-' | '+';
}

const OPENING = /\{[{%#]/g;
const END_RAW = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
const FILTER = /\|\s*([A-Za-z_]\w*)/g;
const TEST = /\bis\s+(?:not\s+)?([A-Za-z_]\w*)/g;
const FILTER_BLOCK = /^\s*filter\s+([A-Za-z_]\w*)/g;

/** The outputs and blocks of a template, without what stands in comments, in `raw` blocks and after an open end. */
export function scanTags(template: string): readonly Tag[] {
  const tags: Tag[] = [];
  let at = 0;
  for (;;) {
    OPENING.lastIndex = at;
    const start = OPENING.exec(template)?.index;
    if (start === undefined) return tags;
    if (template[start + 1] === '#') {
      const end = template.indexOf('#}', start + 2);
      if (end < 0) return tags;
      at = end + 2;
      continue;
    }
    const tag = readTag(template, start);
    if (!tag) return tags;
    at = tag.end;
    if (tag.kind === 'block' && tag.inner.trim() === 'raw') {
      END_RAW.lastIndex = at;
      const close = END_RAW.exec(template);
      if (!close) return tags;
      at = close.index + close[0].length;
    } else {
      tags.push(tag);
    }
  }
}

/** The names of filters and tests that a template uses, and where they stand. */
export function wordsInTags(
  template: string,
): readonly { readonly kind: 'filter' | 'test'; readonly word: string; readonly offset: number }[] {
  return scanTags(template).flatMap(({ inner, innerStart }) => {
    const code = withoutTexts(inner);
    const found = (kind: 'filter' | 'test', pattern: RegExp) =>
      [...code.matchAll(pattern)].map((match) => {
        const word = match[1] ?? '';
        return { kind, word, offset: innerStart + match.index + match[0].length - word.length };
      });
    return [...found('filter', FILTER), ...found('filter', FILTER_BLOCK), ...found('test', TEST)];
  });
}

/** The same text with everything inside quotes blanked, so that marks and words in it do not count. */
export function withoutTexts(code: string): string {
  return code.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/gs, (text) => `"${' '.repeat(text.length - 2)}"`);
}

function readTag(template: string, start: number): Tag | undefined {
  const kind = template[start + 1] === '{' ? 'output' : 'block';
  const close = endOf(template, start + 2, kind === 'output' ? '}}' : '%}');
  if (close === undefined) return undefined;
  const trimBefore = mark(template[start + 2]);
  const trimAfter = close > start + 2 + trimBefore.length ? mark(template[close - 1]) : '';
  const innerStart = start + 2 + trimBefore.length;
  const inner = template.slice(innerStart, close - trimAfter.length);
  return { kind, start, end: close + 2, inner, innerStart, trimBefore, trimAfter };
}

/** Where the closing mark stands: outside of quotes and brackets. */
function endOf(template: string, from: number, closing: string): number | undefined {
  let depth = 0;
  for (let at = from; at < template.length; at++) {
    const char = template[at] ?? '';
    if (depth === 0 && template.startsWith(closing, at)) return at;
    if (char === '"' || char === "'") {
      const end = endOfText(template, at);
      if (end === undefined) return undefined;
      at = end;
    } else if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char) && depth > 0) depth--;
  }
  return undefined;
}

function endOfText(template: string, start: number): number | undefined {
  for (let at = start + 1; at < template.length; at++) {
    if (template[at] === '\\') at++;
    else if (template[at] === template[start]) return at;
  }
  return undefined;
}

function mark(char: string | undefined): '' | '-' | '+' {
  return char === '-' || char === '+' ? char : '';
}
