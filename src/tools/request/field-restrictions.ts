import type { Connection, FieldRestriction } from '../../domain/connection.ts';
import { matchEndpoint } from '../../domain/endpoint.ts';

const REDACTED = '[redacted]';

export type Restricted = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/**
 * An upstream's answer without what `fieldRestrictions` keep from the agent: `retrieve_but_redact` hides the value,
 * `never_retrieve` and (no role in an unattended run) `role_gated` take the field out. A restriction holds where the
 * operation `returns` its entity, and wherever the access file does not say what comes back.
 */
export function applyRestrictions(
  connection: Connection,
  call: { readonly method: string; readonly path: string },
  text: string,
): Restricted {
  const restrictions = restrictionsFor(connection, call);
  if (restrictions.length === 0 || text.trim() === '') return { ok: true, text };
  try {
    return { ok: true, text: JSON.stringify(restrict(JSON.parse(text), restrictions.map(ruleOf))) };
  } catch {
    return { ok: false, reason: 'the answer is no JSON, and the connection restricts fields: it cannot be shown' };
  }
}

function restrictionsFor(
  { endpoints, fieldRestrictions }: Connection,
  call: { readonly method: string; readonly path: string },
) {
  const match = matchEndpoint(endpoints, call);
  const returns = match?.exact ? match.access.returns : [];
  return returns.length === 0 ? fieldRestrictions : fieldRestrictions.filter(({ entity }) => returns.includes(entity));
}

interface Rule {
  readonly path: readonly string[];
  readonly hide: boolean;
}

function ruleOf({ field, policy }: FieldRestriction): Rule {
  return { path: field.toLowerCase().split('.'), hide: policy === 'retrieve_but_redact' };
}

/** `rules` hold at this object and below it; a rule whose first name is met goes on with the rest of its path. */
function restrict(value: unknown, rules: readonly Rule[]): unknown {
  if (Array.isArray(value)) return value.map((item) => restrict(item, rules));
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).flatMap(([name, field]): [string, unknown][] => {
    const met = rules.filter(({ path }) => path[0] === name.toLowerCase());
    const last = met.filter(({ path }) => path.length === 1);
    if (last.some(({ hide }) => !hide)) return [];
    if (last.length > 0) return [[name, REDACTED]];
    const deeper = met.map(({ path, hide }) => ({ path: path.slice(1), hide }));
    return [[name, restrict(field, [...rules, ...deeper])]];
  });
  return Object.fromEntries(kept);
}
