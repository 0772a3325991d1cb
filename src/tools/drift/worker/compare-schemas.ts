import type { Tell } from './changes.ts';
import { compareLimits } from './compare-limits.ts';
import { listOf, type Node, nodeOf, resolved, textsIn } from './json-node.ts';
import type { SchemaPlace, Spot } from './spot.ts';

export type Compare = (before: Node, now: Node, place: SchemaPlace) => void;

/** Schemas inside each other that are looked at. */
const MAX_DEPTH = 24;
/** Schemas that one comparison looks at, however they are put together. */
const MAX_SCHEMAS = 500_000;

/** One description, and whether the whole comparison has looked at enough. */
interface Source {
  readonly root: Node;
  readonly isSpent: () => boolean;
}

/** Compares schemas of two descriptions, as deep as they go within bounds. */
export function compareSchemas(storedRoot: Node, liveRoot: Node, tell: Tell): Compare {
  let looked = 0;
  const isSpent = () => {
    looked += 1;
    return looked > MAX_SCHEMAS;
  };
  const compare = (before: Node, now: Node, spot: Spot): void => {
    if (spot.depth > MAX_DEPTH || isSpent()) return;
    const old = flat({ root: storedRoot, isSpent }, before);
    const fresh = flat({ root: liveRoot, isSpent }, now);
    compareTypes(old, fresh, spot);
    compareValues(old, fresh, spot);
    compareLimits(old, fresh, spot);
    compareAlternatives(old, fresh, spot);
    compareProperties(old, fresh, spot);
    for (const [name, inner, other] of innerPairs(old, fresh)) compare(inner, other, within(spot, name));
  };
  return (before, now, place) => compare(before, now, { ...place, tell, depth: 0 });
}

/** What both have inside: their items, and the fields that both know. */
function innerPairs(old: Node, fresh: Node): readonly (readonly [string, Node, Node])[] {
  const names = Object.keys(nodeOf(old.properties)).filter((name) => Object.hasOwn(nodeOf(fresh.properties), name));
  const fields = names.map((name) => {
    return [name, nodeOf(nodeOf(old.properties)[name]), nodeOf(nodeOf(fresh.properties)[name])] as const;
  });
  if (old.items === undefined || fresh.items === undefined) return fields;
  return [['[]', nodeOf(old.items), nodeOf(fresh.items)], ...fields];
}

function within(spot: Spot, name: string): Spot {
  const [subject, path = ''] = spot.what.split(': ');
  const longer = name === '[]' ? `${path}[]` : path === '' ? name : `${path}.${name}`;
  return { ...spot, what: `${subject}: ${longer}`, depth: spot.depth + 1 };
}

/** References followed, and what `allOf` puts together put together. */
function flat(source: Source, schema: Node, depth = 0): Node {
  const node = resolved(source.root, schema);
  if (!Array.isArray(node.allOf) || depth > MAX_DEPTH) return node;
  const parts = node.allOf.flatMap((part) => (source.isSpent() ? [] : [flat(source, nodeOf(part), depth + 1)]));
  if (parts.length === 0) return node;
  const all = [...parts, node];
  return {
    ...Object.assign({}, ...all),
    properties: Object.assign({}, ...all.map(({ properties }) => nodeOf(properties))),
    required: all.flatMap(({ required }) => textsIn(required)),
  };
}

function compareTypes(old: Node, fresh: Node, { at, what, direction, tell }: Spot): void {
  const before = typesOf(old);
  const now = typesOf(fresh);
  if (before.length === 0 && now.length === 0) return;
  if (String(before) === String(now)) return;
  const [wide, narrow] = direction === 'request' ? [now, before] : [before, now];
  const isSafe = wide.length === 0 || (narrow.length > 0 && narrow.every((type) => fits(type, wide)));
  const words = `${what} was ${before.join(' or ') || 'anything'} and is ${now.join(' or ') || 'anything'}`;
  tell.changed(at, words, isSafe ? undefined : 'breaking');
}

function fits(type: string, wide: readonly string[]): boolean {
  return wide.includes(type) || (type === 'integer' && wide.includes('number'));
}

function typesOf({ type, nullable }: Node): readonly string[] {
  const types = typeof type === 'string' ? [type] : textsIn(type);
  return [...types, ...(nullable === true && types.length > 0 ? ['null'] : [])].sort();
}

function compareValues(old: Node, fresh: Node, { at, what, direction, tell }: Spot): void {
  if (old.enum === undefined && fresh.enum === undefined) return;
  const before = listOf(old.enum).map((value) => JSON.stringify(value));
  const now = listOf(fresh.enum).map((value) => JSON.stringify(value));
  const breaking = direction === 'request' ? 'breaking' : undefined;
  if (fresh.enum === undefined) tell.changed(at, `${what} may be any value now`);
  else if (old.enum === undefined) tell.changed(at, `${what} is one of ${now.join(', ')} now`, breaking);
  else {
    for (const value of now.filter((one) => !before.includes(one))) tell.added(at, `${what}: the value ${value}`);
    for (const value of before.filter((one) => !now.includes(one)))
      tell.removed(at, `${what}: the value ${value}`, breaking);
  }
}

/** Alternatives are not told apart by name: a set that is not the same has changed. */
function compareAlternatives(old: Node, fresh: Node, { at, what, direction, tell }: Spot): void {
  for (const key of ['oneOf', 'anyOf']) {
    const before = listOf(old[key]).map((one) => JSON.stringify(one));
    const now = listOf(fresh[key]).map((one) => JSON.stringify(one));
    if (before.length === 0 && now.length === 0) continue;
    const gone = before.some((one) => !now.includes(one));
    const come = now.some((one) => !before.includes(one));
    if (!gone && !come) continue;
    const breaking = direction === 'request' ? gone : come;
    tell.changed(at, `${what}: the alternatives ("${key}") have changed`, breaking ? 'breaking' : undefined);
  }
}

function compareProperties(old: Node, fresh: Node, { at, what, direction, tell }: Spot): void {
  const before = nodeOf(old.properties);
  const now = nodeOf(fresh.properties);
  const wasRequired = textsIn(old.required);
  const isRequired = textsIn(fresh.required);
  const isRequest = direction === 'request';
  for (const name of Object.keys(now).filter((one) => !Object.hasOwn(before, one))) {
    const isNeeded = isRequest && isRequired.includes(name);
    tell.added(at, `${field(what, name)}${isNeeded ? ', which is required' : ''}`, isNeeded ? 'breaking' : undefined);
  }
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(now, name)) {
      tell.removed(at, field(what, name), 'breaking');
      continue;
    }
    const [was, is] = [wasRequired.includes(name), isRequired.includes(name)];
    if (is && !was) tell.changed(at, `${field(what, name)} is required now`, isRequest ? 'breaking' : undefined);
    if (was && !is) tell.changed(at, `${field(what, name)} is optional now`, isRequest ? undefined : 'breaking');
    const isDeprecated = nodeOf(now[name]).deprecated === true && nodeOf(before[name]).deprecated !== true;
    if (isDeprecated) tell.changed(at, `${field(what, name)} is deprecated now`);
  }
}

function field(what: string, name: string): string {
  return `field "${what.includes(': ') ? `${what.split(': ')[1]}.` : ''}${name}" of ${what.split(': ')[0]}`;
}
