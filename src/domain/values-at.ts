const MOST_VALUES = 1000;

/**
 * The values at a dotted path (`issue.labels.0.name`), by own properties only; `*` stands for every element of a list,
 * so that several values may come back. Nothing there = an empty list. At most 1,000 values are looked at.
 */
export function valuesAt(value: unknown, path: string): readonly unknown[] {
  let found: readonly unknown[] = [value];
  for (const part of path.split('.')) {
    found = found.flatMap((one) => step(one, part)).slice(0, MOST_VALUES);
  }
  return found;
}

/** The single value at a path as text: strings and finite numbers only, else undefined. */
export function textAt(value: unknown, path: string): string | undefined {
  return textOf(valuesAt(value, path)[0]);
}

/** The single value at a path when it is text; numbers are not. */
export function stringAt(value: unknown, path: string): string | undefined {
  const [found] = valuesAt(value, path);
  return typeof found === 'string' ? found : undefined;
}

/** A value as a key or a name: text that is not empty, or a finite number. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

function step(value: unknown, part: string): readonly unknown[] {
  if (value === null || typeof value !== 'object') return [];
  if (part === '*') return Array.isArray(value) ? value : [];
  if (Array.isArray(value) && !/^\d{1,6}$/.test(part)) return [];
  return Object.hasOwn(value, part) ? [Reflect.get(value, part)] : [];
}
