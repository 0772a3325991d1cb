import { expect, it } from 'vitest';
import { heapFlags } from '../../src/runtime/heap.ts';

it('leaves the growth of the heap to whoever set it', () => {
  expect(heapFlags(['--enable-source-maps', ''])).toHaveLength(2);
  expect(heapFlags(['--heap-growing-percent=300'])).toEqual([]);
  expect(heapFlags(['', '--max-semi-space-size=64'])).toEqual([]);
  expect(heapFlags(['', '--max-old-space-size=512 --heap_growing_percent=20'])).toEqual([]);
});
