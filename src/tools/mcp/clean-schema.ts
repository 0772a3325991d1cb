import { cleanText } from './clean-text.ts';

const MAX_DEPTH = 12;
const MAX_SCHEMA_CHARACTERS = 32_768;
const MAX_DESCRIPTION = 500;

type Schema = Readonly<Record<string, unknown>>;

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

/**
 * What is kept of a keyword's value; undefined = nothing. Every result is one that a validator takes. Patterns and
 * formats are left to the server: its expressions do not run here.
 */
const KEYWORDS: Readonly<Record<string, (value: unknown) => unknown>> = {
  type: (value) => (Array.isArray(value) ? someOf(value.filter(isType)) : isType(value) ? value : undefined),
  required: (value) => someOf(listOf(value).filter((name) => typeof name === 'string')),
  enum: (value) => someOf(listOf(value).filter(isScalar)),
  const: (value) => (isScalar(value) ? value : undefined),
  default: (value) => (isScalar(value) ? value : undefined),
  minimum: (value) => (Number.isFinite(value) ? value : undefined),
  maximum: (value) => (Number.isFinite(value) ? value : undefined),
  minLength: sizeIn,
  maxLength: sizeIn,
  minItems: sizeIn,
  maxItems: sizeIn,
  title: textIn,
  description: textIn,
};
const NESTED = ['items', 'additionalProperties'];
const LISTS = ['anyOf', 'oneOf', 'allOf'];

/**
 * The input schema of a server's tool with only the keywords that are known here and harmless; an object that takes
 * anything when it is too deep, too long or refers to itself. The server checks its arguments itself, too.
 */
export function cleanSchema(schema: unknown): Schema {
  const cleaned = isObject(schema) ? cleanObject(schema, 0) : undefined;
  const root = { ...cleaned, type: 'object' };
  return cleaned && JSON.stringify(root).length <= MAX_SCHEMA_CHARACTERS ? root : { type: 'object' };
}

/** Undefined = deeper than anything reasonable. */
function cleanObject(schema: Schema, depth: number): Schema | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const entries: (readonly [string, unknown])[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const cleaned = cleanKeyword(keyword, value, depth);
    if (cleaned !== undefined) entries.push([keyword, cleaned]);
  }
  return Object.fromEntries(entries);
}

function cleanKeyword(keyword: string, value: unknown, depth: number): unknown {
  if (Object.hasOwn(KEYWORDS, keyword)) return KEYWORDS[keyword]?.(value);
  if (keyword === 'properties' && isObject(value)) {
    const properties = Object.entries(value).map(([name, child]) => [name, cleanChild(child, depth)]);
    return Object.fromEntries(properties);
  }
  if (NESTED.includes(keyword)) return typeof value === 'boolean' ? value : cleanChild(value, depth);
  if (LISTS.includes(keyword)) {
    const children = listOf(value).map((child) => cleanChild(child, depth));
    return children.length > 0 ? children : undefined;
  }
  return undefined;
}

function cleanChild(child: unknown, depth: number): Schema {
  return (isObject(child) ? cleanObject(child, depth + 1) : undefined) ?? {};
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isType(value: unknown): boolean {
  return typeof value === 'string' && TYPES.includes(value);
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function someOf(values: readonly unknown[]): readonly unknown[] | undefined {
  return values.length > 0 ? [...new Set(values)] : undefined;
}

function sizeIn(value: unknown): unknown {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? value : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? cleanText(value, MAX_DESCRIPTION) : undefined;
}
