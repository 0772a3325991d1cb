import { nearest } from '../domain/did-you-mean.ts';
import { describeValue, oneOf, quote } from './describe-value.ts';
import { errorAt, type Finding, type Path, pathOfPointer } from './finding.ts';
import type { Violation } from './generated/validators.js';
import { OLDER_KEYS } from './older-keys.ts';

const MOST = 50;

/** Says in sentences what a validator found, each once; `kind` names the shape. */
export function explainViolations(
  violations: readonly Violation[],
  value: unknown,
  { kind }: { readonly kind: string },
): readonly Finding[] {
  const found = new Map<string, Finding>();
  for (const violation of violations) {
    const finding = explain(violation, value, kind);
    if (finding) found.set(`${violation.instancePath} ${finding.message}`, finding);
  }
  const all = [...found.values()];
  if (all.length <= MOST) return all;
  return [...all.slice(0, MOST), errorAt([], 'too-many-errors', `and ${all.length - MOST} errors more`)];
}

function explain(violation: Violation, root: unknown, kind: string): Finding | undefined {
  const { keyword, params } = violation;
  const path = pathOfPointer(violation.instancePath);
  const value = valueAt(root, path);
  switch (keyword) {
    case 'if':
      return undefined;
    case 'additionalProperties':
      return unknownKey(violation, path, kind);
    case 'required':
      return errorAt(path, 'missing-key', `"${params.missingProperty}" is missing`);
    case 'type':
      return errorAt(
        path,
        'wrong-type',
        `expected ${typeWords(params.type)}, got ${describeValue(value)}${unquote(value)}`,
      );
    case 'enum':
      return wrongWord(path, params.allowedValues as readonly unknown[], value);
    case 'const':
      return wrongWord(path, [params.allowedValue], value);
    case 'minLength':
    case 'minItems':
      return errorAt(path, 'empty', 'must not be empty');
    default:
      return errorAt(path, 'out-of-range', `${boundWords(keyword, params)}, got ${describeValue(value)}`);
  }
}

function unknownKey({ params }: Violation, path: Path, kind: string): Finding {
  const key = String(params.additionalProperty);
  const keyPath = [...path, key];
  const older = path.length === 0 ? OLDER_KEYS[kind]?.[key] : undefined;
  if (older) {
    const message = `key ${quote(key)} of older versions has no effect here: ${older}`;
    return { severity: 'warning', code: 'older-key', message, path: keyPath, at: 'key' };
  }
  const known = params.known as readonly string[];
  const near = nearest(key, known);
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`;
  const { message } = errorAt(path, '', `unknown key ${quote(key)}: ${hint}`);
  return { severity: 'error', code: 'unknown-key', message, path: keyPath, at: 'key' };
}

function wrongWord(path: Path, allowed: readonly unknown[], value: unknown): Finding {
  const words = allowed.map((word) => (typeof word === 'string' ? word : JSON.stringify(word)));
  const near = typeof value === 'string' ? nearest(value, words) : undefined;
  const hint = near === undefined ? '' : `: did you mean "${near}"?`;
  const message = `expected ${oneOf(words)}, got ${describeValue(value)}${hint}`;
  return errorAt(path, 'unknown-value', message);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  array: 'a list',
  object: 'an object',
};

function typeWords(type: unknown): string {
  const types = Array.isArray(type) ? type : [type];
  return oneOf(types.map((name) => TYPE_WORDS[String(name)] ?? String(name)));
}

/** The commonest cause: quotes around a number or a boolean. */
function unquote(value: unknown): string {
  return typeof value === 'string' && /^(true|false|-?\d+(\.\d+)?)$/.test(value) ? ': write it without quotes' : '';
}

function boundWords(keyword: string, { limit }: Violation['params']): string {
  if (keyword === 'minimum') return `must be at least ${limit}`;
  if (keyword === 'maximum') return `must be at most ${limit}`;
  if (keyword === 'exclusiveMinimum') return `must be more than ${limit}`;
  return `does not fit (${keyword})`;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.hasOwn(value, part) ? (value as Record<string | number, unknown>)[part] : undefined;
  }, root);
}
