import type { Node } from './json-node.ts';
import type { Spot } from './spot.ts';

/** Limits by the direction in which they tighten. */
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const OTHER = ['pattern', 'format', 'multipleOf', 'const'];

/** Compares what a value has to keep to; tighter limits can break who sends it, looser ones who reads it. */
export function compareLimits(old: Node, fresh: Node, spot: Spot): void {
  for (const key of [...UPPER, ...LOWER]) {
    const before = numberOf(old[key]);
    const now = numberOf(fresh[key]);
    if (before === now) continue;
    const isTighter = tightens(key, before, now);
    report(key, { before, now, isBreaking: spot.direction === 'request' ? isTighter : false }, spot);
  }
  for (const key of OTHER) {
    const [before, now] = [old[key], fresh[key]];
    if (JSON.stringify(before) === JSON.stringify(now)) continue;
    const isBreaking = spot.direction === 'request' ? now !== undefined : key === 'format' && before !== undefined;
    report(key, { before, now, isBreaking }, spot);
  }
}

function numberOf(value: unknown): number | boolean | undefined {
  return typeof value === 'number' || value === true ? value : undefined;
}

function tightens(key: string, before: number | boolean | undefined, now: number | boolean | undefined): boolean {
  if (now === undefined) return false;
  if (before === undefined) return true;
  return UPPER.includes(key) ? Number(now) < Number(before) : Number(now) > Number(before);
}

interface Limit {
  readonly before: unknown;
  readonly now: unknown;
  readonly isBreaking: boolean;
}

function report(key: string, { before, now, isBreaking }: Limit, { at, what, tell }: Spot): void {
  tell.changed(at, `${what}: "${key}" was ${shown(before)} and is ${shown(now)}`, isBreaking ? 'breaking' : undefined);
}

function shown(value: unknown): string {
  return value === undefined ? 'not set' : JSON.stringify(value).slice(0, 100);
}
