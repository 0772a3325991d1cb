import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearRegex } from '../../src/domain/linear-regex.ts';

describe('a linear regular expression', () => {
  it.each([
    ['^deploy', 'deploy failed', true],
    ['^deploy', 'redeploy', false],
    ['(fail|error)ed?$', 'it failed', true],
    ['v\\d+\\.\\d+', 'release v12.4', true],
    ['^[^\\s@]+@acme\\.com$', 'ada@acme.com', true],
    ['^[^\\s@]+@acme\\.com$', 'ada@acme.com.evil', false],
    ['\\bprod\\b', 'to prod now', true],
    ['\\bprod\\b', 'product', false],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2,}$', 'aaaa', true],
    ['^(?:ab)*$', 'ababab', true],
    ['(?i)critical', 'CRITICAL alert', true],
    ['^.$', '😀', true],
    ['', 'anything', true],
    ['[a-c-]', '-', true],
    ['[^\\D5]', '5', false],
    ['[\\W]', 'é', true],
    ['\\x41\\u00e9', 'Aé', true],
  ])('%s on %j is %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    ['(a)\\1', '\\1'],
    ['a(?=b)', 'look-around'],
    ['(?<year>\\d+)', 'named group'],
    ['(a', '"("'],
    ['a)', '")"'],
    ['[a', '"["'],
    ['*a', 'nothing in front'],
    ['a**', 'two quantifiers'],
    ['a{3,1}', 'wrong way round'],
    ['a{5000}', 'at most 200'],
    ['a{x', '{m,n}'],
    ['\\p{L}', '\\p'],
    ['a\\', 'backslash'],
    ['((a{99}){99}){99}', 'too large'],
    ['x'.repeat(501), 'at most 500'],
    ['('.repeat(40), 'deeper'],
  ])('refuses %s and says why', (pattern, why) => {
    const regex = linearRegex(pattern);
    expect(regex.ok ? '' : regex.problem).toContain(why);
  });

  it('agrees with RegExp on every pattern of its language', () => {
    fc.assert(
      fc.property(
        patterns(),
        fc.string({ unit: fc.constantFrom('a', 'b', 'A', '1', ' ', '-', '\n', 'é', '😀'), maxLength: 12 }),
        (pattern, text) => {
          expect(matches(pattern, text)).toBe(new RegExp(pattern, 'u').test(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each(['^(a+)+$', '(a|a)*b', '(.*)*x', 'a*a*a*a*a*a*b', '(a?){50}a{50}'])(
    'stays fast on %s, which is catastrophic elsewhere',
    (pattern) => {
      const before = performance.now();
      expect(matches(pattern, `${'a'.repeat(8000)}!`)).toBe(pattern.startsWith('(a?)'));
      expect(performance.now() - before).toBeLessThan(2000);
    },
  );

  it('never throws, whatever stands in the pattern', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 20 }), (pattern, text) => {
        const regex = linearRegex(pattern);
        if (regex.ok) regex.matches(text);
        else expect(regex.problem).not.toBe('');
      }),
    );
  });
});

function matches(pattern: string, text: string): boolean {
  const regex = linearRegex(pattern);
  if (!regex.ok) throw new Error(regex.problem);
  return regex.matches(text);
}

function patterns(): fc.Arbitrary<string> {
  const atoms = fc.constantFrom(
    'a',
    'b',
    '.',
    '\\d',
    '\\W',
    '\\s',
    '[ab]',
    '[^a]',
    '[a-b1]',
    '\\b',
    '^',
    '$',
    '😀',
    '\\.',
  );
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 4 },
      atoms,
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
      fc
        .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'))
        .map(([a, quantifier]) => `(${a})${quantifier}`),
    ),
  }));
  return pattern;
}
