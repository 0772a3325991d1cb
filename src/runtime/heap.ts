import { setFlagsFromString } from 'node:v8';
import type { RuntimeConfig } from './config.ts';

/**
 * Collect before the heap is twice what was in use (V8 alone: up to four times), and keep the space for new objects at
 * the 16 MB that it has on Node 20 (32 on Node 24).
 */
const FLAGS = ['--heap-growing-percent=100', '--max-semi-space-size=16'];

/** The flags that are set, unless Node was given some of its own for the heap's growth. */
export function heapFlags(given: readonly string[]): readonly string[] {
  return given.some((text) => /heap[-_]growing|semi[-_]space/.test(text)) ? [] : FLAGS;
}

/** Keeps this process's memory close to what it holds: a burst of events leaves no heap behind that is mostly empty. */
export function keepHeapSmall({ env }: RuntimeConfig): void {
  for (const flag of heapFlags([...process.execArgv, env.NODE_OPTIONS ?? ''])) setFlagsFromString(flag);
}
