import { isDeepStrictEqual } from 'node:util';
import { linearRegex } from './linear-regex.ts';
import { valuesAt } from './values-at.ts';

const MOST_CONDITIONS = 200;
const DEEPEST = 20;
const TESTS = ['equals', 'in', 'exists', 'regex'] as const;
const GROUPS = ['any', 'all', 'not'] as const;
const KEYS: ReadonlySet<string> = new Set(['field', ...TESTS, ...GROUPS]);

const checked = new WeakMap<object, readonly string[]>();

/** What a filter looks at: the body as data, every header line (lower-case names) and every query value. */
export interface FilterSubject {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly query: Readonly<Record<string, readonly string[]>>;
}

export type FilterVerdict =
  | { readonly ok: true }
  /** `isUnusable`: not the event but the filter is wrong. */
  | { readonly ok: false; readonly reason: string; readonly isUnusable?: true };

/**
 * Whether an event passes a filter: `{ field, equals | in | exists | regex }`, `{ any }`, `{ all }`, `{ not }`; several
 * keys in one condition must all hold. A field is a dotted path into the body (`*` = any element of a list),
 * `header:NAME` or `query:NAME`; a test holds when one of the field's values passes it. A filter that `checkFilter`
 * finds wrong lets nothing pass. The reason names the condition that did not hold, never a value of the event.
 */
export function matchesFilter(filter: unknown, subject: FilterSubject): FilterVerdict {
  const [problem] = knownProblems(filter);
  if (problem !== undefined) return { ok: false, reason: `the filter is not usable: ${problem}`, isUnusable: true };
  return judge(filter as Condition, subject);
}

/** What is wrong with a filter as it stands in a file: sentences that begin with where in it. */
export function checkFilter(filter: unknown): readonly string[] {
  const budget = { left: MOST_CONDITIONS };
  return problemsOf(filter, 'filter', { depth: 0, budget });
}

/** Whether an event of this name (or one of an event's several names) is in the list; `issues` and `issues.*` mean every `issues.…`. */
export function matchesEvents(events: readonly string[], names: readonly string[]): boolean {
  return names.some((name) => events.some((event) => isNamed(event, name)));
}

/** A filter of a loaded file is checked once. */
function knownProblems(filter: unknown): readonly string[] {
  if (!isObject(filter)) return checkFilter(filter);
  const known = checked.get(filter) ?? checkFilter(filter);
  checked.set(filter, known);
  return known;
}

interface Condition {
  readonly field?: string;
  readonly equals?: unknown;
  readonly in?: readonly unknown[];
  readonly exists?: boolean;
  readonly regex?: string;
  readonly any?: readonly Condition[];
  readonly all?: readonly Condition[];
  readonly not?: Condition;
}

function isNamed(event: string, name: string): boolean {
  const base = event.endsWith('.*') ? event.slice(0, -2) : event;
  return event === '*' || name === event || name.startsWith(`${base}.`);
}

function judge(condition: Condition, subject: FilterSubject): FilterVerdict {
  for (const one of condition.all ?? []) {
    const verdict = judge(one, subject);
    if (!verdict.ok) return verdict;
  }
  if (condition.any) {
    const verdicts = condition.any.map((one) => judge(one, subject));
    const [first] = verdicts;
    if (!verdicts.some(({ ok }) => ok)) return first && verdicts.length === 1 ? first : failed('none of "any" holds');
  }
  if (condition.not && judge(condition.not, subject).ok) return failed('the condition under "not" holds');
  return condition.field === undefined ? { ok: true } : judgeField(condition.field, condition, subject);
}

function judgeField(field: string, condition: Condition, subject: FilterSubject): FilterVerdict {
  const values = valuesOf(field, subject);
  if (condition.exists !== undefined && values.length > 0 !== condition.exists) {
    return failed(`${field} ${condition.exists ? 'is missing' : 'is there'}`);
  }
  const { equals, in: oneOf, regex } = condition;
  if (equals !== undefined && !values.some((value) => isSame(value, equals)))
    return failed(`${field} is another value`);
  if (oneOf && !values.some((value) => oneOf.some((one) => isSame(value, one)))) {
    return failed(`${field} is none of the listed values`);
  }
  if (regex !== undefined && !matchesRegex(regex, values)) return failed(`${field} does not match ${regex}`);
  return { ok: true };
}

function matchesRegex(pattern: string, values: readonly unknown[]): boolean {
  const regex = linearRegex(pattern);
  return regex.ok && values.some((value) => typeof value === 'string' && regex.matches(value));
}

function valuesOf(field: string, { body, headers, query }: FilterSubject): readonly unknown[] {
  if (field.startsWith('header:')) return own(headers, field.slice('header:'.length).toLowerCase());
  if (field.startsWith('query:')) return own(query, field.slice('query:'.length));
  return valuesAt(body, field);
}

function own(all: Readonly<Record<string, readonly string[]>>, name: string): readonly string[] {
  return (Object.hasOwn(all, name) && all[name]) || [];
}

/** JSON equality; what stands in the file may have other prototypes than what came. */
function isSame(value: unknown, expected: unknown): boolean {
  return (
    value === expected || (isObject(value) && isObject(expected) && isDeepStrictEqual(plain(value), plain(expected)))
  );
}

function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

function failed(reason: string): FilterVerdict {
  return { ok: false, reason };
}

interface Place {
  readonly depth: number;
  readonly budget: { left: number };
}

function problemsOf(condition: unknown, where: string, place: Place): readonly string[] {
  place.budget.left -= 1;
  if (place.budget.left === -1) return [`${where}: a filter has at most ${MOST_CONDITIONS} conditions`];
  if (place.budget.left < 0) return [];
  if (place.depth > DEEPEST) return [`${where}: conditions nest at most ${DEEPEST} deep`];
  if (!isObject(condition) || Array.isArray(condition)) return [`${where} must be an object with a field and a test`];
  const unknown = Object.keys(condition).filter((key) => !KEYS.has(key));
  return [
    ...unknown.map((key) => `${where}.${key} is not a test: expected ${[...KEYS].join(', ')}`),
    ...fieldProblems(condition as Condition, where),
    ...groupProblems(condition as Condition, where, { ...place, depth: place.depth + 1 }),
  ];
}

function fieldProblems(condition: Condition, where: string): readonly string[] {
  const tests = TESTS.filter((key) => condition[key] !== undefined);
  const { field, regex } = condition;
  const problems: string[] = [];
  if (field === undefined && tests.length > 0) problems.push(`${where}.${tests[0]} needs a field to test`);
  if (field === undefined && tests.length === 0 && GROUPS.every((key) => condition[key] === undefined)) {
    problems.push(`${where} tests nothing: expected a field with ${TESTS.join(', ')}, or any, all, not`);
  }
  if (field !== undefined && (typeof field !== 'string' || !isField(field))) {
    problems.push(`${where}.field must be a dotted path, header:NAME or query:NAME, got ${JSON.stringify(field)}`);
  }
  if (field !== undefined && tests.length === 0) problems.push(`${where} needs a test: ${TESTS.join(', ')}`);
  if (condition.in !== undefined && !Array.isArray(condition.in)) problems.push(`${where}.in must be a list`);
  if (condition.exists !== undefined && typeof condition.exists !== 'boolean') {
    problems.push(`${where}.exists must be true or false`);
  }
  return [...problems, ...(regex === undefined ? [] : regexProblems(regex, where))];
}

function regexProblems(regex: unknown, where: string): readonly string[] {
  if (typeof regex !== 'string') return [`${where}.regex must be text`];
  const compiled = linearRegex(regex);
  return compiled.ok ? [] : [`${where}.regex "${regex.slice(0, 80)}" ${compiled.problem}`];
}

function groupProblems(condition: Condition, where: string, place: Place): readonly string[] {
  const lists = (['any', 'all'] as const).flatMap((key) => {
    const list: unknown = condition[key];
    if (list === undefined) return [];
    if (!Array.isArray(list) || list.length === 0) return [`${where}.${key} must be a list of conditions`];
    return list.flatMap((one, index) => problemsOf(one, `${where}.${key}[${index}]`, place));
  });
  return condition.not === undefined ? lists : [...lists, ...problemsOf(condition.not, `${where}.not`, place)];
}

function isField(field: string): boolean {
  return /^(header|query):\S+$/.test(field) || field.split('.').every((part) => part !== '');
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object';
}
