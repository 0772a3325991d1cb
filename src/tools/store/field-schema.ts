import type { StoreDefinition, StoreField } from '../../domain/store.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

const DATETIME = String.raw`^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})?)?$`;

/** JSON Schema of one field. */
export function fieldSchema(field: StoreField): JsonSchema {
  const schema = baseSchema(field);
  return field.nullable ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** JSON Schema of a whole document: fields that may be null may be left out. */
export function documentSchema({ schema, entity }: StoreDefinition): JsonSchema {
  return { ...objectSchema(schema), description: `One ${entity}.` };
}

/** JSON Schema of the fields that make up the key. */
export function keySchema(store: StoreDefinition): JsonSchema {
  const names = keyFields(store);
  const fields = Object.entries(store.schema).filter(([name]) => names.includes(name));
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, fieldSchema(field)])),
    required: names,
    additionalProperties: false,
  };
}

/** The fields that the key's template names, in its order. */
export function keyFields({ key }: Pick<StoreDefinition, 'key'>): readonly string[] {
  return [...new Set([...key.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name))];
}

function objectSchema(fields: Readonly<Record<string, StoreField>>): JsonSchema {
  const entries = Object.entries(fields);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, field]) => [name, fieldSchema(field)])),
    required: entries.filter(([, { nullable }]) => !nullable).map(([name]) => name),
    additionalProperties: false,
  };
}

function baseSchema(field: StoreField): JsonSchema {
  switch (field.type) {
    case 'string':
      return { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'datetime':
      return { type: 'string', pattern: DATETIME, description: 'A moment, ISO 8601.' };
    case 'number':
      return {
        type: 'number',
        ...(field.min === undefined ? {} : { minimum: field.min }),
        ...(field.max === undefined ? {} : { maximum: field.max }),
      };
    case 'enum':
      return { type: 'string', enum: field.values };
    case 'array':
      return { type: 'array', items: fieldSchema(field.item) };
    case 'object':
      return objectSchema(field.fields);
    case 'ref':
      return { type: 'string', minLength: 1, description: `The key of a document in the store "${field.store}".` };
  }
}
