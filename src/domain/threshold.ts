import type { HttpCall } from './call.ts';
import type { EndpointAccess } from './connection.ts';
import { hasDuplicateKeys } from './json-fields.ts';

type Threshold = EndpointAccess['thresholds'][number];

/** A value and the names on the way to it, lower case, places in lists left out. */
interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * A sentence about the first bound that a call crosses, or undefined. A field is a dotted path into the body (`amount`,
 * `body.amount`, `lines.price` through lists), and a server may take it from the query as well. A value that is there
 * and no number crosses every bound, and so does a body that two readers could take for two things.
 */
export function crossedThreshold(
  thresholds: readonly Threshold[],
  { body, query }: Pick<HttpCall, 'body' | 'query'>,
): string | undefined {
  if (thresholds.length === 0) return undefined;
  const parts = leavesOfBody(body);
  if (!parts) return 'its body is a text in which the bounds of the access file cannot be judged: send an object';
  const leaves = [...parts, ...leavesOf(query, [])];
  for (const { field, above, escalate } of thresholds) {
    const names = field.toLowerCase().split('.');
    const path = names[0] === 'body' && names.length > 1 ? names.slice(1) : names;
    if (leaves.some((leaf) => crosses(leaf, path, above))) {
      const rule = escalate === 'never' ? 'is never allowed' : "needs a person's review";
      return `"${field}" above ${above} ${rule}`;
    }
  }
  return undefined;
}

function crosses({ path, value }: Leaf, field: readonly string[], above: number): boolean {
  if (!field.every((name, at) => path[at] === name)) return false;
  if (path.length > field.length) return true;
  return value !== null && value !== undefined && !(numberOf(value) <= above);
}

/** What a body says, text or not; undefined when that is not clear. */
function leavesOfBody(body: unknown): readonly Leaf[] | undefined {
  if (typeof body !== 'string') return leavesOf(body, []);
  const parsed = parse(body);
  if (parsed) return hasDuplicateKeys(body) ? undefined : leavesOf(parsed.value, []);
  if (!/^[\w.[\]%+~*-]+=[^<>{}"\n]*$/.test(body)) return undefined;
  return [...new URLSearchParams(body.replaceAll(';', '&'))].map(([name, value]) => ({ path: namesIn(name), value }));
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function leavesOf(value: unknown, path: readonly string[]): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, path));
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) return [{ path, value }];
  return Object.entries(value).flatMap(([name, field]) => leavesOf(field, [...path, ...namesIn(name)]));
}

/** `order[amount]`, `order.amount` and `amount[]` as servers take them apart. */
function namesIn(name: string): readonly string[] {
  return name
    .toLowerCase()
    .split(/[.[\]\s\0]+/)
    .filter((part) => part !== '' && !/^\d+$/.test(part));
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}
