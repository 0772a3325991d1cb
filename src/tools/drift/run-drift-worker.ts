import { runWorker } from '../worker/run-worker.ts';
import { createSlots } from '../worker/slots.ts';
import type { DriftAnswer, DriftJob } from './drift-job.ts';

const TIMEOUT_MS = 20_000;
const MAX_MEMORY_BYTES = 768 * 1024 * 1024;
const MAX_HEAP_MB = 512;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Workers at once in a process; more calls wait. */
const MAX_WORKERS = 2;

const inSlot = createSlots(MAX_WORKERS);

/** Compares two descriptions in a worker process: what a stranger's server says is parsed outside of this one. */
export function runDriftWorker(
  texts: Omit<DriftJob, 'timeoutMs' | 'maxMemoryBytes'>,
  signal: AbortSignal,
): Promise<DriftAnswer> {
  return inSlot(
    () => compare({ ...texts, timeoutMs: TIMEOUT_MS, maxMemoryBytes: MAX_MEMORY_BYTES }, signal),
    () => ({ ok: false, error: 'stopped while it waited for its turn' }),
    signal,
  );
}

async function compare(job: DriftJob, signal: AbortSignal): Promise<DriftAnswer> {
  const options = { program: 'drift-worker', maxHeapMb: MAX_HEAP_MB, maxAnswerBytes: MAX_ANSWER_BYTES } as const;
  const ended = await runWorker(job, options, signal);
  if (ended.ok) return ended.answer as DriftAnswer;
  switch (ended.why) {
    case 'stopped':
      return { ok: false, error: 'the comparison was stopped with the call' };
    case 'timeout':
      return { ok: false, error: `the comparison took longer than ${TIMEOUT_MS / 1000} s and was stopped` };
    case 'memory':
      return { ok: false, error: 'the comparison needed too much memory and was stopped' };
    case 'died':
      return { ok: false, error: `the comparison ended without an answer: ${ended.complaint}` };
  }
}
