import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';
import type { Tool } from '../domain/ports/tool.ts';

const MAX_PROBLEMS = 5;
/** Levels of objects and lists in arguments: deeper ones could overflow the stack of whoever walks them. */
const MAX_DEPTH = 100;

const compiled = new WeakMap<object, ValidateFunction>();
let compiler: Promise<Ajv> | undefined;

/** A sentence about what does not fit the tool's schema, or undefined. Schemas are compiled once, when first needed. */
export async function validateArguments(tool: Tool, input: unknown): Promise<string | undefined> {
  if (typeof input === 'string') return `the arguments of "${tool.name}" are not a JSON object`;
  if (isDeeperThan(input, MAX_DEPTH)) return `the arguments of "${tool.name}" are nested over ${MAX_DEPTH} levels`;
  const validate = compiled.get(tool.inputSchema) ?? (await compile(tool.inputSchema));
  if (validate(input)) return undefined;
  const problems = plainErrors(validate).slice(0, MAX_PROBLEMS).map(problemOf);
  return `the arguments of "${tool.name}" do not fit: ${[...new Set(problems)].join('; ')}`;
}

/** A sentence about how a value misses a schema of the user's own, or undefined. */
export async function validateValue(
  schema: Readonly<Record<string, unknown>>,
  value: unknown,
): Promise<string | undefined> {
  const validate = compiled.get(schema) ?? (await compile(schema));
  return validate(value) ? undefined : plainErrors(validate).slice(0, MAX_PROBLEMS).map(problemOf).join('; ');
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return levels === 0 || Object.values(value).some((field) => isDeeperThan(field, levels - 1));
}

async function compile(schema: Readonly<Record<string, unknown>>): Promise<ValidateFunction> {
  compiler ??= import('./compile-schema.ts').then(({ createSchemaCompiler }) => createSchemaCompiler());
  const validate = (await compiler).compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** Of a field that may be null, what is wrong with the value that it has: that it is not null says nothing. */
function plainErrors({ errors }: ValidateFunction): readonly ErrorObject[] {
  const all = errors ?? [];
  const plain = all.filter(
    ({ keyword, params }) => keyword !== 'anyOf' && !(keyword === 'type' && params.type === 'null'),
  );
  return plain.length > 0 ? plain : all;
}

function problemOf({ instancePath, message = 'is wrong', keyword, params }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll('/', '.');
  const allowed = keyword === 'enum' ? `: ${JSON.stringify(params.allowedValues)}` : '';
  const extra = keyword === 'additionalProperties' ? ` ("${params.additionalProperty}")` : '';
  return `${path ? `"${path}" ` : ''}${message}${allowed}${extra}`;
}
