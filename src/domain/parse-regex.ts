/** Code points from `low` to `high`; `negated` turns the whole set around. */
export interface CharSet {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

export type RegexNode =
  | { readonly type: 'set'; readonly set: CharSet }
  | { readonly type: 'assert'; readonly what: 'start' | 'end' | 'word' | 'noWord' }
  | { readonly type: 'sequence'; readonly nodes: readonly RegexNode[] }
  | { readonly type: 'choice'; readonly nodes: readonly RegexNode[] }
  | { readonly type: 'repeat'; readonly node: RegexNode; readonly min: number; readonly max: number };

export type ParsedRegex =
  | { readonly ok: true; readonly node: RegexNode; readonly ignoreCase: boolean }
  | { readonly ok: false; readonly problem: string };

const LONGEST_PATTERN = 500;
const MOST_REPEATS = 200;
const MOST_GROUPS_DEEP = 30;

const LAST = 0x10ffff;
const DIGIT: CharSet['ranges'] = [[48, 57]];
const WORD: CharSet['ranges'] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: CharSet['ranges'] = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const LINE_ENDS: CharSet['ranges'] = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
const CLASSES: Readonly<Record<string, CharSet>> = {
  d: { negated: false, ranges: DIGIT },
  D: { negated: true, ranges: DIGIT },
  w: { negated: false, ranges: WORD },
  W: { negated: true, ranges: WORD },
  s: { negated: false, ranges: SPACE },
  S: { negated: true, ranges: SPACE },
};
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, '0': 0 };

interface Cursor {
  readonly text: readonly string[];
  at: number;
  depth: number;
}

/**
 * Reads a regular expression of the part of the language that can be matched in linear time: literals, `.`, classes,
 * `\d \w \s \b`, `^ $`, groups, `|`, `? * +`, `{m,n}`, and `(?i)` in front. No back-references, no look-around.
 */
export function parseRegex(pattern: string): ParsedRegex {
  if (pattern.length > LONGEST_PATTERN) {
    return { ok: false, problem: `must be at most ${LONGEST_PATTERN} characters, got ${pattern.length}` };
  }
  const ignoreCase = pattern.startsWith('(?i)');
  const cursor: Cursor = { text: [...(ignoreCase ? pattern.slice('(?i)'.length) : pattern)], at: 0, depth: 0 };
  try {
    const node = choice(cursor);
    if (cursor.at < cursor.text.length) throw new SyntaxError('has a ")" without its "("');
    return { ok: true, node, ignoreCase };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, problem: error.message };
    throw error;
  }
}

function choice(cursor: Cursor): RegexNode {
  const nodes = [sequence(cursor)];
  while (take(cursor, '|')) nodes.push(sequence(cursor));
  return nodes.length === 1 && nodes[0] ? nodes[0] : { type: 'choice', nodes };
}

function sequence(cursor: Cursor): RegexNode {
  const nodes: RegexNode[] = [];
  for (let next = peek(cursor); next !== undefined && next !== '|' && next !== ')'; next = peek(cursor)) {
    nodes.push(repeated(cursor, atom(cursor)));
  }
  return { type: 'sequence', nodes };
}

function repeated(cursor: Cursor, node: RegexNode): RegexNode {
  const times = quantifier(cursor);
  if (!times) return node;
  if (node.type === 'assert') throw new SyntaxError('repeats an anchor');
  take(cursor, '?');
  if (quantifier(cursor)) throw new SyntaxError('has two quantifiers in a row: put the first part in a group');
  return { type: 'repeat', node, ...times };
}

function quantifier(cursor: Cursor): { readonly min: number; readonly max: number } | undefined {
  if (take(cursor, '?')) return { min: 0, max: 1 };
  if (take(cursor, '*')) return { min: 0, max: Number.POSITIVE_INFINITY };
  if (take(cursor, '+')) return { min: 1, max: Number.POSITIVE_INFINITY };
  if (peek(cursor) !== '{') return undefined;
  const rest = cursor.text.slice(cursor.at, cursor.at + 12).join('');
  const [whole, low = '', comma, high] = /^\{(\d{1,4})(,?)(\d{0,4})\}/.exec(rest) ?? [];
  if (whole === undefined || (!comma && high))
    throw new SyntaxError('has a "{" that begins no {m,n}: write \\{ for the character');
  cursor.at += whole.length;
  const min = Number(low);
  const max = comma ? (high ? Number(high) : Number.POSITIVE_INFINITY) : min;
  if (max < min) throw new SyntaxError(`has its numbers the wrong way round in ${whole}`);
  if (min > MOST_REPEATS || (Number.isFinite(max) && max > MOST_REPEATS)) {
    throw new SyntaxError(`may repeat at most ${MOST_REPEATS} times, got ${whole}`);
  }
  return { min, max };
}

function atom(cursor: Cursor): RegexNode {
  const next = cursor.text[cursor.at++];
  switch (next) {
    case '(':
      return group(cursor);
    case '[':
      return { type: 'set', set: bracket(cursor) };
    case '.':
      return { type: 'set', set: { negated: true, ranges: LINE_ENDS } };
    case '^':
      return { type: 'assert', what: 'start' };
    case '$':
      return { type: 'assert', what: 'end' };
    case '\\':
      return backslash(cursor);
    case '?':
    case '*':
    case '+':
    case '{':
      throw new SyntaxError(`has a "${next}" with nothing in front of it to repeat`);
    default:
      return single(next?.codePointAt(0) ?? 0);
  }
}

function group(cursor: Cursor): RegexNode {
  if (take(cursor, '?') && !take(cursor, ':')) {
    throw new SyntaxError('uses look-around or a named group: only (…), (?:…) and (?i) in front can be matched safely');
  }
  cursor.depth += 1;
  if (cursor.depth > MOST_GROUPS_DEEP) throw new SyntaxError(`nests groups deeper than ${MOST_GROUPS_DEEP}`);
  const node = choice(cursor);
  cursor.depth -= 1;
  if (!take(cursor, ')')) throw new SyntaxError('has a "(" without its ")"');
  return node;
}

function backslash(cursor: Cursor): RegexNode {
  if (take(cursor, 'b')) return { type: 'assert', what: 'word' };
  if (take(cursor, 'B')) return { type: 'assert', what: 'noWord' };
  const found = escaped(cursor);
  return typeof found === 'number' ? single(found) : { type: 'set', set: found };
}

function escaped(cursor: Cursor): CharSet | number {
  const next = cursor.text[cursor.at++];
  if (next === undefined) throw new SyntaxError('ends in a backslash');
  const named = Object.hasOwn(CLASSES, next) ? CLASSES[next] : undefined;
  if (named) return named;
  if (Object.hasOwn(CONTROLS, next)) return CONTROLS[next] ?? 0;
  if (next === 'x') return hex(cursor, 2);
  if (next === 'u') return hex(cursor, 4);
  if (/[a-zA-Z0-9]/.test(next)) throw new SyntaxError(`uses \\${next}, which cannot be matched safely`);
  return next.codePointAt(0) ?? 0;
}

function hex(cursor: Cursor, length: number): number {
  const digits = cursor.text.slice(cursor.at, cursor.at + length).join('');
  if (digits.length !== length || !/^[0-9a-fA-F]+$/.test(digits)) throw new SyntaxError(`needs ${length} hex digits`);
  cursor.at += length;
  return Number.parseInt(digits, 16);
}

function bracket(cursor: Cursor): CharSet {
  const negated = take(cursor, '^');
  const ranges: (readonly [number, number])[] = [];
  while (!take(cursor, ']')) {
    const from = member(cursor);
    const isRange = peek(cursor) === '-' && cursor.text[cursor.at + 1] !== ']';
    if (!isRange || typeof from !== 'number') {
      ranges.push(...(typeof from === 'number' ? [[from, from] as const] : plainRanges(from)));
      continue;
    }
    cursor.at += 1;
    const to = member(cursor);
    if (typeof to !== 'number' || to < from) throw new SyntaxError('has a range in […] that is the wrong way round');
    ranges.push([from, to]);
  }
  return { negated, ranges };
}

function member(cursor: Cursor): CharSet | number {
  const next = cursor.text[cursor.at++];
  if (next === undefined) throw new SyntaxError('has a "[" without its "]"');
  if (next !== '\\') return next.codePointAt(0) ?? 0;
  return take(cursor, 'b') ? 8 : escaped(cursor);
}

/** A negated class inside of brackets as the ranges between its own. */
function plainRanges({ negated, ranges }: CharSet): CharSet['ranges'] {
  if (!negated) return ranges;
  const gaps: [number, number][] = [];
  let from = 0;
  for (const [low, high] of ranges) {
    if (low > from) gaps.push([from, low - 1]);
    from = high + 1;
  }
  return [...gaps, [from, LAST]];
}

function single(code: number): RegexNode {
  return { type: 'set', set: { negated: false, ranges: [[code, code]] } };
}

function peek(cursor: Cursor): string | undefined {
  return cursor.text[cursor.at];
}

function take(cursor: Cursor, wanted: string): boolean {
  if (cursor.text[cursor.at] !== wanted) return false;
  cursor.at += 1;
  return true;
}
