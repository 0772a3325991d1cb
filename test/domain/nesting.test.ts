import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNestedDeeper } from '../../src/domain/nesting.ts';

/** How deep a value is, by walking it. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('isNestedDeeper', () => {
  it('agrees with the depth of the value, whatever brackets stand in its strings', () => {
    const text = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a', 'é') });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 8 }, text, fc.integer(), fc.array(tie('value'), { maxLength: 3 }), tie('record')),
      record: fc.dictionary(text, tie('value'), { maxKeys: 3 }),
    }));
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 6 }), (json, most) => {
        expect(isNestedDeeper(JSON.stringify(json), most)).toBe(depthOf(json) > most);
      }),
      { numRuns: 2000 },
    );
  });

  it('looks at the brackets one by one only where there are more than allowed', () => {
    expect(isNestedDeeper('[]'.repeat(1000), 1)).toBe(false);
    expect(isNestedDeeper('['.repeat(101), 100)).toBe(true);
    expect(isNestedDeeper('['.repeat(100), 100)).toBe(false);
  });
});
