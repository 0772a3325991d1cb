import type { HttpCall } from './call.ts';
import type { FieldRestriction } from './connection.ts';

/**
 * The restricted field that a call gives another name, or undefined: what is renamed would come back past the rule that
 * hides it. Read from a GraphQL document's aliases and, elsewhere, from `name:field` and `field as name` in its texts.
 */
export function renamedField(
  restrictions: readonly FieldRestriction[],
  { query, body, graphql, renames = [] }: Pick<HttpCall, 'query' | 'body' | 'graphql' | 'renames'>,
): string | undefined {
  if (restrictions.length === 0) return undefined;
  const names = [...new Set(restrictions.flatMap(({ field }) => field.toLowerCase().split('.')))];
  const taken = renames.map((name) => name.toLowerCase());
  const texts =
    graphql === undefined || graphql === 'unclear'
      ? [...textsIn(query), ...textsIn(body)].map((text) => text.toLowerCase())
      : [];
  return names.find((name) => taken.includes(name) || texts.some((text) => isRenamedIn(text, name)));
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

/** `x:ssn`, `x: profile.ssn`, `ssn as x`; a name that is a part of another word is none. */
function isRenamedIn(text: string, name: string): boolean {
  const own = name.replaceAll(/[^a-z0-9_]/g, '\\$&');
  const before = new RegExp(`[a-z0-9_"'\\]]\\s*:\\s*["'\\[]?(?:[a-z0-9_]+[.>-]+)*${own}(?![a-z0-9_])`);
  const after = new RegExp(`(?<![a-z0-9_])${own}["'\\]]?\\s+as\\s+\\S`);
  return before.test(text) || after.test(text);
}
