/** A JSON Schema as plain data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Schema = { readonly [key: string]: Json };

const DRAFT = 'http://json-schema.org/draft-07/schema#';

/**
 * Brings a TypeBox schema to the JSON Schema that editors read and ajv compiles: recursive shapes as `#/$defs/…`,
 * words as `enum`, unions of plain types as a list of types, and unions of objects that a literal property tells apart
 * as `if`/`then`, so that an error names the field and not the whole union.
 */
export function publishSchema(source: unknown, { title }: { readonly title: string }): Schema {
  const defs = new Map<string, Schema>();
  const { description, ...body } = rewrite(JSON.parse(JSON.stringify(source)) as Schema, defs);
  const $defs = Object.fromEntries([...defs].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    $schema: DRAFT,
    title,
    ...(description === undefined ? {} : { description }),
    ...body,
    ...(defs.size > 0 ? { $defs } : {}),
  };
}

function rewrite(schema: Schema, defs: Map<string, Schema>): Schema {
  if (isSchema(schema.$defs)) return liftDefinitions(schema, schema.$defs, defs);
  if (typeof schema.$ref === 'string') return { ...schema, $ref: `#/$defs/${schema.$ref}` };
  if (Array.isArray(schema.anyOf)) return rewriteUnion(schema, schema.anyOf as Schema[], defs);
  return rewriteChildren(schema, defs);
}

function liftDefinitions(schema: Schema, found: Schema, defs: Map<string, Schema>): Schema {
  for (const [name, definition] of Object.entries(found)) {
    if (defs.has(name)) continue;
    defs.set(name, {});
    const { $id: _, ...body } = definition as Schema;
    defs.set(name, rewrite(body, defs));
  }
  const { $defs: _, ...rest } = schema;
  return rewrite(rest, defs);
}

function rewriteChildren(schema: Schema, defs: Map<string, Schema>): Schema {
  const { properties, patternProperties, items, ...rest } = schema;
  const record = isSchema(patternProperties) ? Object.values(patternProperties)[0] : undefined;
  return {
    ...rest,
    ...(isSchema(properties) ? { properties: mapValues(properties, (child) => rewrite(child as Schema, defs)) } : {}),
    ...(isSchema(record) ? { additionalProperties: rewriteRecord(record, defs) } : {}),
    ...(isSchema(items) ? { items: rewrite(items, defs) } : {}),
  };
}

/** The pattern `^.*$` of a record lets keys with line ends through; `additionalProperties` covers every key. */
function rewriteRecord(child: Schema, defs: Map<string, Schema>): Json {
  const body = rewrite(child, defs);
  return Object.keys(body).length === 0 ? true : body;
}

function rewriteUnion(schema: Schema, members: readonly Schema[], defs: Map<string, Schema>): Schema {
  const { anyOf: _, ...rest } = schema;
  const branches = members.map((member) => rewrite(member, defs));
  const tag = tagOf(branches);
  if (tag) return { ...rest, ...taggedUnion(tag, branches) };
  const words = branches.flatMap(wordsOf);
  if (words.length >= branches.length) return { ...rest, enum: words };
  return { ...rest, ...mergeTypes(branches.map((branch) => inlined(branch, defs))) };
}

/** The values of a branch that is a literal or a boolean. */
function wordsOf(branch: Schema): readonly Json[] {
  if (branch.type === 'boolean') return [false, true];
  if (Array.isArray(branch.enum)) return branch.enum;
  return branch.const === undefined ? [] : [branch.const];
}

/** The property that holds another literal in each branch. */
function tagOf(branches: readonly Schema[]): string | undefined {
  const [first] = branches;
  if (!isSchema(first?.properties)) return undefined;
  return Object.keys(first.properties).find((name) => branches.filter((branch) => literalOf(branch, name)).length > 1);
}

function literalOf(branch: Schema, name: string): Json | undefined {
  const property = isSchema(branch.properties) ? branch.properties[name] : undefined;
  return isSchema(property) ? property.const : undefined;
}

/** A branch whose tag may be absent is the default; a branch whose tag is any text leaves the list of words open. */
function taggedUnion(tag: string, branches: readonly Schema[]): Schema {
  const closed = branches.filter((branch) => literalOf(branch, tag) !== undefined);
  const isOpen = closed.length < branches.length;
  const words = closed.map((branch) => literalOf(branch, tag) as Json);
  const needsTag = branches.every((branch) => isRequired(branch, tag));
  return {
    type: 'object',
    ...(needsTag ? { required: [tag] } : {}),
    properties: { [tag]: isOpen ? { type: 'string', minLength: 1 } : { enum: words } },
    allOf: closed.map((branch) => ({
      if: {
        properties: { [tag]: { const: literalOf(branch, tag) as Json } },
        ...(isRequired(branch, tag) ? { required: [tag] } : {}),
      },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: branch,
    })),
  };
}

function isRequired(branch: Schema, name: string): boolean {
  return Array.isArray(branch.required) && branch.required.includes(name);
}

/** `$ref` cannot stand beside other keywords, so a recursive member is written out once. */
function inlined(branch: Schema, defs: Map<string, Schema>): Schema {
  const name = typeof branch.$ref === 'string' ? branch.$ref.replace('#/$defs/', '') : undefined;
  return name === undefined ? branch : (defs.get(name) ?? {});
}

/** Keywords speak only of their own type, so branches of different types can stand side by side. */
function mergeTypes(branches: readonly Schema[]): Schema {
  const types = branches.map((branch) => branch.type as string);
  if (new Set(types).size < types.length || types.includes(undefined as unknown as string)) {
    throw new Error(`a union needs a literal property, or members of different types: ${JSON.stringify(branches)}`);
  }
  const merged = Object.assign({}, ...branches) as Schema;
  const { description: _, ...rest } = merged;
  return { ...rest, type: types };
}

function mapValues(schema: Schema, change: (value: Json) => Json): Schema {
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, change(value)]));
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
