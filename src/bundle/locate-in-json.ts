import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Diagnostic } from '../domain/diagnostic.ts';
import { quote } from './describe-value.ts';
import { dotted, type Finding, type Path } from './finding.ts';
import { lineAndColumn } from './line-column.ts';

/** Gives findings of a JSON text their line and column. Slow, so it is loaded only when there is something to say. */
export function locateInJson(text: string, file: string, findings: readonly Finding[]): readonly Diagnostic[] {
  const errors: ParseError[] = [];
  const deep = findings.some(({ code }) => code === 'too-deep');
  const root = deep ? undefined : parseTree(text, errors, { disallowComments: true });
  return findings.flatMap((finding) => {
    const { severity, code, message, path, at } = finding;
    const here = (offset: number, words: string): Diagnostic => {
      return { severity, code, message: words, file, ...lineAndColumn(text, offset) };
    };
    if (typeof at === 'number') return [here(at, message)];
    if (at === 'syntax') return [syntaxError(text, errors, message, here)];
    if (at === 'duplicates') return duplicates(root, text).map(([offset, words]) => here(offset, words));
    return [here(offsetOf(root, path, at), message)];
  });
}

type Here = (offset: number, words: string) => Diagnostic;

const SYNTAX: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no JSON value; texts stand in double quotes',
  InvalidNumberFormat: 'this is no JSON number',
  PropertyNameExpected: 'a key in double quotes is expected here',
  ValueExpected: 'a value is expected here',
  ColonExpected: 'a colon is expected here',
  CommaExpected: 'a comma is expected here',
  CloseBraceExpected: 'a closing } is expected here',
  CloseBracketExpected: 'a closing ] is expected here',
  EndOfFileExpected: 'the file should end here',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfComment: 'JSON has no comments',
  UnexpectedEndOfString: 'the text is not closed',
  InvalidCharacter: 'a control character must be escaped',
  InvalidEscapeCharacter: 'there is no such escape',
  InvalidUnicode: 'an escape is \\u and four hex digits',
};

function syntaxError(text: string, errors: readonly ParseError[], fallback: string, here: Here): Diagnostic {
  const first = errors[0];
  if (!first) return here(0, text.trim() === '' ? 'not JSON: the file is empty' : fallback);
  const before = text.slice(0, first.offset).trimEnd();
  const isTrailing = before.endsWith(',') && /^\s*[}\]]/.test(text.slice(first.offset));
  if (isTrailing) return here(before.length - 1, 'not JSON: there is a comma too many');
  const name = printParseErrorCode(first.error);
  return here(first.offset, text.trim() === '' ? 'not JSON: the file is empty' : `not JSON: ${SYNTAX[name] ?? name}`);
}

/** The offset of the value or the key; of the nearest object around it when it is not there. */
function offsetOf(root: Node | undefined, path: Path, at: 'value' | 'key'): number {
  for (let length = path.length; root && length >= 0; length--) {
    const node = nodeAt(root, path.slice(0, length));
    if (!node) continue;
    const isKey = at === 'key' && length === path.length && node.parent?.type === 'property';
    return isKey ? (node.parent?.offset ?? node.offset) : node.offset;
  }
  return 0;
}

/** JSON pointers do not tell the key "0" from the index 0. */
function nodeAt(root: Node, path: Path): Node | undefined {
  return path.reduce<Node | undefined>((node, part) => {
    if (!node) return undefined;
    return findNodeAtLocation(node, [node.type === 'object' ? String(part) : part]);
  }, root);
}

function duplicates(root: Node | undefined, text: string): readonly (readonly [offset: number, message: string])[] {
  const found: (readonly [number, string])[] = [];
  const visit = (node: Node, path: Path): void => {
    const first = new Map<string, number>();
    for (const [index, child] of (node.children ?? []).entries()) {
      const [key, value] = child.children ?? [];
      if (node.type !== 'object') visit(child, [...path, index]);
      if (node.type !== 'object' || !key) continue;
      const name = String(key.value);
      const earlier = first.get(name);
      if (earlier === undefined) first.set(name, key.offset);
      else found.push([key.offset, duplicateMessage(path, name, lineAndColumn(text, earlier).line)]);
      if (value) visit(value, [...path, name]);
    }
  };
  if (root) visit(root, []);
  return found;
}

function duplicateMessage(path: Path, name: string, line: number): string {
  const subject = path.length > 0 ? `${dotted(path)}: ` : '';
  return `${subject}duplicate key ${quote(name)}: it stands already in line ${line}; keep one of them`;
}
