import { runWorker, type WorkerEnd } from '../worker/run-worker.ts';
import type { SqlAnswer, SqlJob } from './sql-job.ts';

const MAX_HEAP_MB = 256;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Runs one statement in a worker process; the signal kills it. */
export async function runSqlWorker(job: SqlJob, signal: AbortSignal): Promise<SqlAnswer> {
  const options = { program: 'sql-worker', maxHeapMb: MAX_HEAP_MB, maxAnswerBytes: MAX_ANSWER_BYTES } as const;
  const ended = await runWorker(job, options, signal);
  return ended.ok ? (ended.answer as SqlAnswer) : { ok: false, error: whyEnded(job, ended) };
}

function whyEnded(
  { timeoutMs, maxMemoryBytes }: SqlJob,
  { why, complaint }: Extract<WorkerEnd, { ok: false }>,
): string {
  switch (why) {
    case 'stopped':
      return 'the query was stopped with the call';
    case 'timeout':
      return `the query took longer than ${timeoutMs / 1000} s and was stopped ("timeoutSeconds" of the connection): ask for less, or filter earlier`;
    case 'memory':
      return `the query needed more than ${Math.round(maxMemoryBytes / 2 ** 20)} MB of memory and was stopped: ask for less`;
    case 'died':
      return `the SQL worker ended without an answer: ${complaint}`;
  }
}
