import { type CharSet, parseRegex, type RegexNode } from './parse-regex.ts';

/** Texts are looked at up to here: a filter decides on names and titles, not on documents. */
const LONGEST_MATCHED_TEXT = 8192;

const LARGEST_PROGRAM = 2000;

export type LinearRegex =
  | { readonly ok: true; matches(text: string): boolean }
  | { readonly ok: false; readonly problem: string };

type Instruction =
  | { readonly type: 'set'; readonly set: CharSet }
  | { readonly type: 'assert'; readonly what: Extract<RegexNode, { type: 'assert' }>['what'] }
  /** Goes on at each of these, at once. */
  | { readonly type: 'fork'; to: number[] };

/**
 * A regular expression that no text can make slow: all alternatives advance together (Thompson's construction), so the
 * time is the text's length times the pattern's. It matches anywhere in the first 8,192 characters, as `RegExp` with
 * the `u` flag would.
 */
export function linearRegex(pattern: string): LinearRegex {
  const parsed = parseRegex(pattern);
  if (!parsed.ok) return parsed;
  const program: Instruction[] = [];
  if (!compile(parsed.node, program)) return { ok: false, problem: 'is too large once its {m,n} are written out' };
  const fold = parsed.ignoreCase ? variants : (code: number) => [code];
  return { ok: true, matches: (text) => run(program, [...text.slice(0, LONGEST_MATCHED_TEXT)], fold) };
}

/** Appends the instructions of a node; falls through at its end. False when the program grows too large. */
function compile(node: RegexNode, program: Instruction[]): boolean {
  if (program.length > LARGEST_PROGRAM) return false;
  switch (node.type) {
    case 'set':
    case 'assert':
      program.push(node);
      return true;
    case 'sequence':
      return node.nodes.every((one) => compile(one, program));
    case 'choice':
      return compileChoice(node.nodes, program);
    case 'repeat':
      return compileRepeat(node, program);
  }
}

function compileChoice(nodes: readonly RegexNode[], program: Instruction[]): boolean {
  const fork: Instruction = { type: 'fork', to: [] };
  const exits: { to: number[] }[] = [];
  program.push(fork);
  for (const node of nodes) {
    fork.to.push(program.length);
    if (!compile(node, program)) return false;
    const exit: Instruction = { type: 'fork', to: [] };
    exits.push(exit);
    program.push(exit);
  }
  for (const exit of exits) exit.to.push(program.length);
  return true;
}

function compileRepeat({ node, min, max }: Extract<RegexNode, { type: 'repeat' }>, program: Instruction[]): boolean {
  for (let time = 0; time < min; time += 1) if (!compile(node, program)) return false;
  if (Number.isFinite(max)) return compileOptional(node, max - min, program);
  const loop: Instruction = { type: 'fork', to: [] };
  const start = program.push(loop) - 1;
  loop.to.push(program.length);
  if (!compile(node, program)) return false;
  program.push({ type: 'fork', to: [start] });
  loop.to.push(program.length);
  return true;
}

function compileOptional(node: RegexNode, times: number, program: Instruction[]): boolean {
  const forks: { to: number[] }[] = [];
  for (let time = 0; time < times; time += 1) {
    const fork: Instruction = { type: 'fork', to: [program.length + 1] };
    forks.push(fork);
    program.push(fork);
    if (!compile(node, program)) return false;
  }
  for (const fork of forks) fork.to.push(program.length);
  return true;
}

function run(
  program: readonly Instruction[],
  text: readonly string[],
  fold: (code: number) => readonly number[],
): boolean {
  let waiting: number[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    const reached = reach(program, [...waiting, 0], { text, at });
    if (reached === 'matched') return true;
    const codes = at < text.length ? fold(text[at]?.codePointAt(0) ?? 0) : [];
    waiting = [];
    for (const index of reached) {
      const instruction = program[index];
      if (instruction?.type === 'set' && codes.length > 0 && contains(instruction.set, codes)) waiting.push(index + 1);
    }
  }
  return false;
}

interface Position {
  readonly text: readonly string[];
  readonly at: number;
}

/** The instructions that wait for a character once all forks and anchors before them are passed. */
function reach(program: readonly Instruction[], starts: number[], position: Position): readonly number[] | 'matched' {
  const seen = new Uint8Array(program.length + 1);
  const found: number[] = [];
  const todo = starts;
  for (let index = todo.pop(); index !== undefined; index = todo.pop()) {
    if (seen[index]) continue;
    seen[index] = 1;
    const instruction = program[index];
    if (!instruction) return 'matched';
    if (instruction.type === 'set') found.push(index);
    else if (instruction.type === 'fork') todo.push(...instruction.to);
    else if (holds(instruction.what, position)) todo.push(index + 1);
  }
  return found;
}

function holds(what: 'start' | 'end' | 'word' | 'noWord', { text, at }: Position): boolean {
  if (what === 'start') return at === 0;
  if (what === 'end') return at === text.length;
  const isEdge = isWord(text[at - 1]) !== isWord(text[at]);
  return what === 'word' ? isEdge : !isEdge;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character);
}

function contains({ negated, ranges }: CharSet, codes: readonly number[]): boolean {
  const inside = codes.some((code) => ranges.some(([low, high]) => code >= low && code <= high));
  return inside !== negated;
}

/** A code point in its own, its lower and its upper case. */
function variants(code: number): readonly number[] {
  const character = String.fromCodePoint(code);
  const others = [character.toLowerCase(), character.toUpperCase()].filter((one) => [...one].length === 1);
  return [code, ...others.map((one) => one.codePointAt(0) ?? code)];
}
