import { expect, it } from 'vitest';
import { heapFlags } from '../../src/runtime/heap.ts';

const NODE_20 = '11.3.244.8-node.33';
const NODE_24 = '13.6.233.10-node.28';

it('bounds the growth of the heap, and from V8 13 on that of the space for new objects', () => {
  expect(heapFlags(['--enable-source-maps', ''], NODE_20)).toEqual(['--heap-growing-percent=100']);
  expect(heapFlags([], NODE_24)).toEqual(['--heap-growing-percent=100', '--semi-space-growth-factor=1']);
});

it('leaves the growth of the heap to whoever set it', () => {
  expect(heapFlags(['--heap-growing-percent=300'], NODE_20)).toEqual([]);
  expect(heapFlags(['', '--max-semi-space-size=64'], NODE_24)).toEqual([]);
  expect(heapFlags(['', '--max-old-space-size=512 --heap_growing_percent=20'], NODE_24)).toEqual([]);
});
