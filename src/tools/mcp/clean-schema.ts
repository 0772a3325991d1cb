import { cleanText } from './clean-text.ts';

const MAX_DEPTH = 12;
const MAX_SCHEMA_CHARACTERS = 32_768;
const MAX_DESCRIPTION = 500;

type Schema = Readonly<Record<string, unknown>>;

/** Kept as they are when they are of this type. Patterns and formats are left to the server: its expressions do not run here. */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  type: ['string', 'array'],
  required: ['array'],
  enum: ['array'],
  const: ['string', 'number', 'boolean'],
  default: ['string', 'number', 'boolean'],
  minimum: ['number'],
  maximum: ['number'],
  minLength: ['number'],
  maxLength: ['number'],
  minItems: ['number'],
  maxItems: ['number'],
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
  if (keyword === 'description' || keyword === 'title') {
    return typeof value === 'string' ? cleanText(value, MAX_DESCRIPTION) : undefined;
  }
  if (keyword === 'properties' && isObject(value)) {
    const properties = Object.entries(value).map(([name, child]) => [name, cleanChild(child, depth)]);
    return Object.fromEntries(properties);
  }
  if (NESTED.includes(keyword)) return typeof value === 'boolean' ? value : cleanChild(value, depth);
  if (LISTS.includes(keyword) && Array.isArray(value)) return value.map((child) => cleanChild(child, depth));
  const kinds = Object.hasOwn(PLAIN, keyword) ? PLAIN[keyword] : undefined;
  return kinds?.includes(Array.isArray(value) ? 'array' : typeof value) ? value : undefined;
}

function cleanChild(child: unknown, depth: number): Schema {
  return (isObject(child) ? cleanObject(child, depth + 1) : undefined) ?? {};
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
