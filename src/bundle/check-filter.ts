import { checkFilter as problemsOf } from '../domain/webhook-filter.ts';
import { errorAt, type Finding, type Path } from './finding.ts';
import type { AutomationFile } from './schema/automation.ts';

type FilterFile = NonNullable<NonNullable<AutomationFile['webhook']>['filter']>;

const TESTS = ['equals', 'in', 'exists', 'regex'] as const;
const GROUPS = ['any', 'all', 'not'] as const;

/** A condition must be one test of one field, or one group of conditions; its parts must be usable. */
export function checkFilter(filter: FilterFile | undefined, path: Path): readonly Finding[] {
  if (!filter) return [];
  const shape = shapeOf(filter, path);
  return shape.length > 0 ? shape : problemsOf(filter).map((problem) => located(problem, path));
}

function shapeOf(filter: FilterFile, path: Path): readonly Finding[] {
  const tests = TESTS.filter((key) => filter[key] !== undefined);
  const groups = GROUPS.filter((key) => filter[key] !== undefined);
  const isTest = filter.field !== undefined && tests.length === 1 && groups.length === 0;
  const isGroup = filter.field === undefined && tests.length === 0 && groups.length === 1;
  if (!isTest && !isGroup) {
    const expected = '"field" with one of equals, in, exists, regex; or one of any, all, not';
    return [errorAt(path, 'bad-filter', `expected ${expected}, got ${Object.keys(filter).join(', ') || 'nothing'}`)];
  }
  return [
    ...(filter.any ?? []).flatMap((one, index) => shapeOf(one, [...path, 'any', index])),
    ...(filter.all ?? []).flatMap((one, index) => shapeOf(one, [...path, 'all', index])),
    ...(filter.not ? shapeOf(filter.not, [...path, 'not']) : []),
  ];
}

/** A sentence begins with where in the filter it holds: `filter.any[0].regex "…" …`. */
function located(problem: string, path: Path): Finding {
  const [, where = '', rest = ''] = /^filter([\w.[\]]*):?(.*)$/s.exec(problem) ?? [];
  const inside = [...where.matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
  return errorAt([...path, ...inside], 'bad-filter', rest);
}
