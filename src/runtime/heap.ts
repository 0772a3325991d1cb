import { setFlagsFromString } from 'node:v8';
import type { RuntimeConfig } from './config.ts';

/** Grow by 40 % over what is in use before collecting again (V8: up to 300 %), and no longer for new objects. */
const FLAGS = ['--heap-growing-percent=100'];

/**
 * Keeps this process's heap close to what it holds, so that a burst of events does not leave it at twice its size. V8
 * flags given to Node, which say what somebody wants, go before.
 */
export function keepHeapSmall({ env }: RuntimeConfig): void {
  const given = [...process.execArgv, env.NODE_OPTIONS ?? ''].join(' ');
  if (/semi[-_]space|heap[-_]growing/.test(given)) return;
  for (const flag of FLAGS) setFlagsFromString(flag);
}
