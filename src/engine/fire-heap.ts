/** A moment at which somebody is due. */
export interface Due {
  readonly at: number;
  readonly automation: string;
}

/** A binary heap, earliest first. */
export interface FireHeap {
  readonly size: number;
  push(due: Due): void;
  peek(): Due | undefined;
  pop(): Due | undefined;
}

export function createFireHeap(): FireHeap {
  const heap: Due[] = [];
  return {
    get size() {
      return heap.length;
    },
    push: (due) => {
      heap.push(due);
      rise(heap, heap.length - 1);
    },
    peek: () => heap[0],
    pop: () => {
      const first = heap[0];
      const last = heap.pop();
      if (last && heap.length > 0) {
        heap[0] = last;
        sink(heap);
      }
      return first;
    },
  };
}

function rise(heap: Due[], from: number): void {
  let index = from;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (at(heap, parent) <= at(heap, index)) return;
    swap(heap, index, parent);
    index = parent;
  }
}

function sink(heap: Due[]): void {
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const least = at(heap, left + 1) < at(heap, left) ? left + 1 : left;
    if (at(heap, least) >= at(heap, index)) return;
    swap(heap, index, least);
    index = least;
  }
}

function at(heap: readonly Due[], index: number): number {
  return heap[index]?.at ?? Number.POSITIVE_INFINITY;
}

function swap(heap: Due[], one: number, other: number): void {
  const [a, b] = [heap[one], heap[other]];
  if (a && b) [heap[one], heap[other]] = [b, a];
}
