/** A part of a description: whatever stands there, read without trust in its shape. */
export type Node = Readonly<Record<string, unknown>>;

export function nodeOf(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textsIn(value: unknown): readonly string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}

/** Own entries alone, in the order of the file. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return Object.entries(nodeOf(value));
}

const MAX_REFERENCES = 32;

/** Follows local references (`#/…`); one that leads nowhere, outside or in a circle is an empty node. */
export function resolved(root: Node, value: unknown): Node {
  let node = nodeOf(value);
  for (let step = 0; typeof node.$ref === 'string'; step += 1) {
    if (step === MAX_REFERENCES || !node.$ref.startsWith('#/')) return {};
    node = nodeOf(node.$ref.slice(2).split('/').reduce<unknown>(follow, root));
  }
  return node;
}

function follow(value: unknown, name: string): unknown {
  const key = decoded(name).replaceAll('~1', '/').replaceAll('~0', '~');
  if (Array.isArray(value)) return value[Number(key)];
  const node = nodeOf(value);
  return Object.hasOwn(node, key) ? node[key] : undefined;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
