import type { EndpointAccess } from './connection.ts';

type Threshold = EndpointAccess['thresholds'][number];

/**
 * A sentence about the first bound that the body crosses, or undefined. A field is a dotted path into the body
 * (`amount`, `body.amount`, `lines.price` through lists); a value that is there and no number crosses every bound.
 */
export function crossedThreshold(thresholds: readonly Threshold[], body: unknown): string | undefined {
  for (const { field, above, escalate } of thresholds) {
    const path = field.split('.');
    const found = valuesAt(structured(body), path[0] === 'body' ? path.slice(1) : path);
    const crossed = found.find((value) => !(numberOf(value) <= above));
    if (crossed !== undefined) {
      const rule = escalate === 'never' ? 'is never allowed' : "needs a person's review";
      return `"${field}" above ${above} ${rule}`;
    }
  }
  return undefined;
}

/** A body that came as text is judged by what it says. */
function structured(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return Object.fromEntries(new URLSearchParams(body));
  }
}

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  const [name, ...rest] = path;
  if (name === undefined) return value === undefined || value === null ? [] : [value];
  if (value === null || typeof value !== 'object') return [];
  const fields = Object.entries(value).filter(([key]) => key.toLowerCase() === name.toLowerCase());
  return fields.flatMap(([, field]) => valuesAt(field, rest));
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}
