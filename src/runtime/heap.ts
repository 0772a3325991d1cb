import { setFlagsFromString } from 'node:v8';
import type { RuntimeConfig } from './config.ts';

/** Collect before the heap is twice what was in use; V8 alone lets it become up to four times that. */
const GROWTH = '--heap-growing-percent=100';

/** The space for new objects stays as large as the start made it; from V8 13 on it would grow to a multiple of 16 MB. */
const NO_MORE_NEW_SPACE = '--semi-space-growth-factor=1';

/** The flags that are set, unless Node was given some of its own for the heap's growth; `v8` is V8's version. */
export function heapFlags(given: readonly string[], v8: string): readonly string[] {
  if (given.some((text) => /heap[-_]growing|semi[-_]space/.test(text))) return [];
  return Number.parseInt(v8, 10) >= 13 ? [GROWTH, NO_MORE_NEW_SPACE] : [GROWTH];
}

/** Keeps this process's memory close to what it holds: a burst of events leaves no heap behind that is mostly empty. */
export function keepHeapSmall({ env }: RuntimeConfig): void {
  const given = [...process.execArgv, env.NODE_OPTIONS ?? ''];
  for (const flag of heapFlags(given, process.versions.v8)) setFlagsFromString(flag);
}
