import { listsTool } from './permission.ts';
import type { Right, RightChange, RightItem, RightsDiff, RightValue } from './right.ts';

/** What one right gained or lost; the rest of the change is the right's own. */
interface Step {
  readonly wider: boolean;
  readonly before: string | null;
  readonly after: string | null;
  readonly item?: RightItem;
}

/**
 * What the second bundle's rights have more and less than the first's. A right that the first does not have at all is
 * new: everything that it allows is widened.
 */
export function compareRights(before: readonly Right[], after: readonly Right[]): RightsDiff {
  const old = byKey(before);
  const current = byKey(after);
  const steps = [...new Map([...current, ...old]).keys()].flatMap((key) => {
    const [was, is] = [old.get(key), current.get(key)];
    const right = is ?? was;
    return right ? stepsOf(was?.value, is?.value).map((step) => ({ right, step })) : [];
  });
  const side = (wider: boolean) =>
    steps.filter(({ step }) => step.wider === wider).map(({ right, step }) => changeOf(right, step));
  return { widened: side(true), narrowed: side(false) };
}

function byKey(rights: readonly Right[]): ReadonlyMap<string, Right> {
  return new Map(rights.map((right) => [JSON.stringify([right.subject, right.name]), right]));
}

function changeOf({ subject, name, place }: Right, { before, after, item }: Step): RightChange {
  return { subject, right: name, before, after, place: item?.place ?? place };
}

function stepsOf(was: RightValue | undefined, is: RightValue | undefined): readonly Step[] {
  const value = is ?? was;
  switch (value?.type) {
    case undefined:
      return [];
    case 'grant':
      return itemSteps(itemsOf(was), itemsOf(is), { more: 'wider' });
    case 'guard':
      // What is new as a whole has lost no guard, and what is gone as a whole needs none.
      return was && is ? itemSteps(itemsOf(was), itemsOf(is), { more: 'narrower' }) : [];
    case 'only':
      return namesSteps(was, is);
    case 'most':
      return numberSteps(numberOf(was), numberOf(is));
    case 'level':
      return levelSteps(levelOf(was), levelOf(is));
    default:
      return unknownType(value);
  }
}

function itemSteps(
  before: readonly RightItem[],
  after: readonly RightItem[],
  { more }: { readonly more: 'wider' | 'narrower' },
): readonly Step[] {
  const gone = without(before, after);
  const added = without(after, before);
  const [was, is] = [gone[0], added[0]];
  if (was && is && gone.length === 1 && added.length === 1) {
    const text = was.text === is.text ? `${is.text} (another one)` : is.text;
    return [{ wider: true, before: was.text, after: text, item: is }];
  }
  const widerIfAdded = more === 'wider';
  return [
    ...added.map((item) => ({ wider: widerIfAdded, before: null, after: item.text, item })),
    ...gone.map(({ text }) => ({ wider: !widerIfAdded, before: text, after: null })),
  ];
}

function without(items: readonly RightItem[], others: readonly RightItem[]): readonly RightItem[] {
  const keys = new Set(others.map(({ key }) => key));
  return items.filter(({ key }) => !keys.has(key));
}

function itemsOf(value: RightValue | undefined): readonly RightItem[] {
  return value?.type === 'grant' || value?.type === 'guard' ? value.items : [];
}

function namesSteps(was: RightValue | undefined, is: RightValue | undefined): readonly Step[] {
  const before = was?.type === 'only' ? was.items : [];
  const after = is?.type === 'only' ? is.items : [];
  const step = { before: was ? namesText(before) : null, after: is ? namesText(after) : null };
  if (!covers(before, after)) return [{ wider: true, ...step }];
  return covers(after, before) ? [] : [{ wider: false, ...step }];
}

/** Whether a list has every name of the other one; undefined = all there are. */
function covers(wide: readonly string[] | undefined, narrow: readonly string[] | undefined): boolean {
  if (wide === undefined) return true;
  return narrow?.every((name) => listsTool(wide, name)) ?? false;
}

function namesText(names: readonly string[] | undefined): string {
  if (names === undefined) return 'everything';
  return names.join(', ') || 'nothing';
}

type Most = Extract<RightValue, { type: 'most' }>;

function numberOf(value: RightValue | undefined): Most | undefined {
  return value?.type === 'most' ? value : undefined;
}

function numberSteps(was: Most | undefined, is: Most | undefined): readonly Step[] {
  if (!is) return [];
  const before = was ? bound(was.number) : bound(is.usual);
  const after = bound(is.number);
  if (before === after || (!was && after < before)) return [];
  return [{ wider: after > before, before: was ? boundText(before) : null, after: boundText(after) }];
}

function bound(number: number | undefined): number {
  return number ?? Number.POSITIVE_INFINITY;
}

function boundText(number: number): string {
  return Number.isFinite(number) ? String(number) : 'no limit';
}

type Level = Extract<RightValue, { type: 'level' }>;

function levelOf(value: RightValue | undefined): Level | undefined {
  return value?.type === 'level' ? value : undefined;
}

function levelSteps(was: Level | undefined, is: Level | undefined): readonly Step[] {
  const usual = (was ?? is)?.usual ?? 0;
  const before = was?.level ?? usual;
  const after = is?.level ?? usual;
  // What is new or gone as a whole has neither lost nor gained what it forbids.
  if (before === after || (!was && after < before) || (!is && after > before)) return [];
  return [{ wider: after > before, before: was?.text ?? null, after: is?.text ?? null }];
}

function unknownType(value: never): never {
  throw new TypeError(`no such kind of right: ${JSON.stringify(value)}`);
}
