import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { WorkerLimits } from './run-worker.ts';

/** Plain JavaScript: it runs as a thread of its own, because a statement of SQLite or a chart holds the main one until it ends. */
const PROGRAM = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const cell = new Int32Array(new SharedArrayBuffer(4));
const end = process.hrtime.bigint() + BigInt(workerData.timeoutMs) * 1000000n;
for (;;) {
  Atomics.wait(cell, 0, 0, 20);
  const isLate = process.hrtime.bigint() > end;
  if (!isLate && process.memoryUsage.rss() <= workerData.maxMemoryBytes) continue;
  // Whoever would read it may be gone.
  try { writeSync(2, isLate ? 'amodal:timeout' : 'amodal:memory'); } catch {}
  process.kill(process.pid, 'SIGKILL');
}
`;

/** A module for `node --import`: the same for a program that knows nothing of it, and that outlives its parent. */
export function watchdogModule({ timeoutMs, maxMemoryBytes }: WorkerLimits): string {
  const options = `{ eval: true, workerData: ${JSON.stringify({ timeoutMs, maxMemoryBytes })} }`;
  const code = `import { once } from 'node:events'; import { Worker } from 'node:worker_threads';
const thread = new Worker(${JSON.stringify(PROGRAM)}, ${options}); await once(thread, 'online'); thread.unref();`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** From now on the process kills itself when it is over its time or memory, whatever its main thread does. */
export async function startWatchdog({ timeoutMs, maxMemoryBytes }: WorkerLimits): Promise<void> {
  const thread = new Worker(PROGRAM, { eval: true, workerData: { timeoutMs, maxMemoryBytes } });
  await once(thread, 'online');
}
