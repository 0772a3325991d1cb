import { describe, expect, it } from 'vitest';
import { compareRights } from '../../src/domain/compare-rights.ts';
import type { Right, RightValue } from '../../src/domain/right.ts';
import { rightsOf } from '../../src/domain/rights-of.ts';
import { referencesIn, shownValue } from '../../src/domain/shown-value.ts';
import { madeAutomation, madeBundle } from '../support/made-bundle.ts';

const place = { file: 'a.json', path: [] };
const right = (value: RightValue): Right => ({ subject: 'automation a', name: 'one', value, place });
const items = (...keys: readonly string[]) => keys.map((key) => ({ key, text: key }));

/** What became wider and narrower, as [before, after]; undefined = there is no such right. */
function compared(before: RightValue | undefined, after: RightValue | undefined) {
  const list = (value: RightValue | undefined) => (value ? [right(value)] : []);
  const { widened, narrowed } = compareRights(list(before), list(after));
  return {
    widened: widened.map((change) => [change.before, change.after]),
    narrowed: narrowed.map((change) => [change.before, change.after]),
  };
}

const NOTHING = { widened: [], narrowed: [] };

describe('what grants', () => {
  const grant = (...keys: readonly string[]) => ({ type: 'grant', items: items(...keys) }) as const;

  it('is wider by each item that is new, and narrower by each that is gone', () => {
    expect(compared(grant('a'), grant('a', 'b', 'c')).widened).toEqual([
      [null, 'b'],
      [null, 'c'],
    ]);
    expect(compared(grant('a', 'b'), grant('a'))).toEqual({ widened: [], narrowed: [['b', null]] });
    expect(compared(grant('a', 'b'), grant('b', 'a'))).toEqual(NOTHING);
  });

  it('is wider when one thing took the place of another, and tells them apart', () => {
    expect(compared(grant('a'), grant('b'))).toEqual({ widened: [['a', 'b']], narrowed: [] });
    const hidden = (key: string) => ({ type: 'grant', items: [{ key, text: '(secret)' }] }) as const;
    expect(compared(hidden('1'), hidden('2')).widened).toEqual([['(secret)', '(secret) (another one)']]);
  });

  it('counts as a whole when it is new or gone', () => {
    expect(compared(undefined, grant('a')).widened).toEqual([[null, 'a']]);
    expect(compared(grant('a'), undefined).narrowed).toEqual([['a', null]]);
  });
});

describe('what guards', () => {
  const guard = (...keys: readonly string[]) => ({ type: 'guard', items: items(...keys) }) as const;

  it('is wider by each item that is gone or another one', () => {
    expect(compared(guard('a', 'b'), guard('a'))).toEqual({ widened: [['b', null]], narrowed: [] });
    expect(compared(guard('a'), guard('b')).widened).toEqual([['a', 'b']]);
    expect(compared(guard('a'), guard('a', 'b'))).toEqual({ widened: [], narrowed: [[null, 'b']] });
  });

  it('says nothing where what it guards is new or gone', () => {
    expect(compared(guard('a'), undefined)).toEqual(NOTHING);
    expect(compared(undefined, guard('a'))).toEqual(NOTHING);
  });
});

describe('a list of the only names', () => {
  const only = (names: readonly string[] | undefined) => ({ type: 'only', items: names }) as const;

  it('is wider by a name that it did not cover, and widest without a list', () => {
    expect(compared(only(['a']), only(['a', 'b'])).widened).toEqual([['a', 'a, b']]);
    expect(compared(only(['a']), only(undefined)).widened).toEqual([['a', 'everything']]);
    expect(compared(only(undefined), only([]))).toEqual({ widened: [], narrowed: [['everything', 'nothing']] });
    expect(compared(undefined, only(undefined)).widened).toEqual([[null, 'everything']]);
  });

  it('knows names that stand for all that begin so', () => {
    expect(compared(only(['store_*']), only(['store_a_get']))).toEqual({
      widened: [],
      narrowed: [['store_*', 'store_a_get']],
    });
    expect(compared(only(['store_a_get']), only(['store_*'])).widened).toHaveLength(1);
  });
});

describe('a bound', () => {
  const most = (number: number | undefined) => ({ type: 'most', number, usual: 30 }) as const;

  it('is wider when it is higher or gone', () => {
    expect(compared(most(5), most(6)).widened).toEqual([['5', '6']]);
    expect(compared(most(5), most(undefined)).widened).toEqual([['5', 'no limit']]);
    expect(compared(most(undefined), most(5)).narrowed).toEqual([['no limit', '5']]);
  });

  it('is worth a word above what is usual where it is new', () => {
    expect(compared(undefined, most(30))).toEqual(NOTHING);
    expect(compared(undefined, most(10))).toEqual(NOTHING);
    expect(compared(undefined, most(31)).widened).toEqual([[null, '31']]);
  });
});

describe('a step on a scale', () => {
  const level = (step: number) => ({ type: 'level', level: step, text: `step ${step}`, usual: 1 }) as const;

  it('is wider upwards, and only above what is usual where it is new', () => {
    expect(compared(level(0), level(2)).widened).toEqual([['step 0', 'step 2']]);
    expect(compared(level(2), level(0)).narrowed).toEqual([['step 2', 'step 0']]);
    expect(compared(undefined, level(2)).widened).toEqual([[null, 'step 2']]);
    expect(compared(undefined, level(0))).toEqual(NOTHING);
    expect(compared(level(0), undefined)).toEqual(NOTHING);
    expect(compared(level(2), undefined).narrowed).toEqual([['step 2', null]]);
  });
});

describe('values for people', () => {
  it('never hold a secret of a file, nor the path of a URL, which may be one', () => {
    const options = {
      url: 'https://user:pw@hooks.example.com/services/T0/B0/XXXX?token=abc',
      secret: 'literal-secret-value',
      headers: { 'X-Key': 'literal-header-value', 'X-Other': 'env:OTHER' },
      channel: '#ops',
    };
    const text = shownValue(options);
    expect(text).not.toMatch(/literal-|XXXX|pw@|abc/);
    expect(text).toContain('https://hooks.example.com/…');
    expect(text).toContain('env:OTHER');
    expect(text).toContain('#ops');
    expect(shownValue('https://a.example/x')).not.toBe(shownValue('https://a.example/y'));
    expect(shownValue('x'.repeat(1_000)).length).toBeLessThan(200);
    expect(referencesIn([options, { deep: ['env:A'] }])).toEqual(['env:A', 'env:OTHER']);
  });
});

it('a bundle has each right once', () => {
  const bundle = madeBundle({
    automations: [madeAutomation({ name: 'a' }), madeAutomation({ name: 'b', trigger: 'webhook' })],
  });
  const rights = rightsOf(bundle, { asked: () => ({ operations: [], bounds: [] }), programs: new Map() });
  const names = rights.map(({ subject, name }) => `${subject}: ${name}`);
  expect(new Set(names).size).toBe(names.length);
  expect(compareRights(rights, rights)).toEqual(NOTHING);
});
