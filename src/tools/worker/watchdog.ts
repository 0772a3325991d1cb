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
  writeSync(2, isLate ? 'amodal:timeout' : 'amodal:memory');
  process.kill(process.pid, 'SIGKILL');
}
`;

/** From now on the process kills itself when it is over its time or memory, whatever its main thread does. */
export async function startWatchdog({ timeoutMs, maxMemoryBytes }: WorkerLimits): Promise<void> {
  const thread = new Worker(PROGRAM, { eval: true, workerData: { timeoutMs, maxMemoryBytes } });
  await once(thread, 'online');
}
