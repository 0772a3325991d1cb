import {
  buildClientSchema,
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLNamedType,
  type GraphQLSchema,
  type IntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import type { Drift } from '../drift-job.ts';
import { collectChanges, type Tell } from './changes.ts';
import { nodeOf } from './json-node.ts';

/** What has changed between two GraphQL schemas, each as SDL or as the answer to an introspection. */
export function compareGraphql(storedText: string, liveText: string): Drift {
  const stored = read('the stored schema', storedText);
  const live = read('the live schema', liveText);
  const { changes, tell } = collectChanges();
  for (const { type, description } of findBreakingChanges(stored, live)) {
    // Which scalars of the language a schema happens to use is no part of it.
    if (description.startsWith('Standard scalar ')) continue;
    tell[kindOf(type)](subjectOf(description), description, 'breaking');
  }
  for (const { type, description } of findDangerousChanges(stored, live)) {
    tell[kindOf(type)](subjectOf(description), description);
  }
  for (const type of Object.values(live.getTypeMap()).filter(isOwn)) compareType(stored.getType(type.name), type, tell);
  return changes;
}

function read(which: string, text: string): GraphQLSchema {
  try {
    return schemaOf(text);
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new Error(`${which} cannot be read: ${first}`);
  }
}

function schemaOf(text: string): GraphQLSchema {
  if (!/^\s*\{\s*"/.test(text)) return buildSchema(text, { assumeValid: true });
  const answer = nodeOf(JSON.parse(text));
  const data = answer.__schema === undefined ? nodeOf(answer.data) : answer;
  if (data.__schema === undefined) throw new Error('it is no answer to an introspection');
  return buildClientSchema(data as unknown as IntrospectionQuery, { assumeValid: true });
}

function isOwn(type: GraphQLNamedType): boolean {
  return !isIntrospectionType(type) && !isSpecifiedScalarType(type);
}

function kindOf(type: string): keyof Tell {
  if (type.includes('REMOVED')) return 'removed';
  return type.includes('ADDED') ? 'added' : 'changed';
}

/** The field or type that a sentence of the library is about. */
function subjectOf(description: string): string {
  const field = /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+/.exec(description)?.[0];
  const type = /\btype ([A-Za-z_]\w*)/.exec(description)?.[1];
  return field ?? type ?? description.split(' ')[0] ?? '';
}

/** What has come, and what is deprecated now: the library tells of neither. */
function compareType(before: GraphQLNamedType | undefined, now: GraphQLNamedType, tell: Tell): void {
  if (!before) tell.added(now.name, 'a new type');
  const old = before ? membersOf(before) : membersOf(now);
  for (const [name, deprecation] of membersOf(now)) {
    const at = `${now.name}.${name}`;
    // New values of enums and new fields of input objects are told by the library.
    if (!old.has(name) && (isObjectType(now) || isInterfaceType(now))) tell.added(at, 'a new field');
    if (deprecation && !old.get(name)) tell.changed(at, `it is deprecated now: ${deprecation}`);
  }
}

/** Fields or values, each with the reason for its deprecation. */
function membersOf(type: GraphQLNamedType): ReadonlyMap<string, string | undefined> {
  const reasonOf = ({ deprecationReason }: { deprecationReason?: string | null }) => deprecationReason ?? undefined;
  if (isEnumType(type)) return new Map(type.getValues().map((value) => [value.name, reasonOf(value)]));
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return new Map();
  return new Map(Object.values(type.getFields()).map((field) => [field.name, reasonOf(field)]));
}
