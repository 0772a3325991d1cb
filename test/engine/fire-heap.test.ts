import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFireHeap } from '../../src/engine/fire-heap.ts';

it('gives back what was put in, earliest first, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 0, max: 5 }), (times, taken) => {
      const heap = createFireHeap();
      for (const [index, at] of times.entries()) heap.push({ at, automation: `a${index}` });
      const out: number[] = [];
      for (let pop = 0; pop < taken; pop += 1) out.push(heap.pop()?.at ?? Number.NaN);
      for (const at of out) if (!Number.isNaN(at)) heap.push({ at, automation: 'again' });
      const all: number[] = [];
      while (heap.size > 0) {
        const next = heap.peek();
        expect(heap.pop()).toBe(next);
        all.push(next?.at ?? Number.NaN);
      }
      expect(all).toEqual([...times].sort((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
