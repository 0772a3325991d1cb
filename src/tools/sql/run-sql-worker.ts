import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { SqlAnswer, SqlJob } from './sql-job.ts';
import { workerFile } from './worker-file.ts';

const MAX_HEAP_MB = 256;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_ERROR_CHARACTERS = 2_000;

/**
 * Runs one statement in a process of its own, with an empty environment: the job goes over stdin, the answer comes over
 * stdout. The worker ends itself at its time and memory limits; the signal kills its whole process group at once.
 */
export function runSqlWorker(job: SqlJob, signal: AbortSignal): Promise<SqlAnswer> {
  if (signal.aborted) return Promise.resolve({ ok: false, error: 'stopped before it began' });
  return new Promise((resolve) => {
    const args = [`--max-old-space-size=${MAX_HEAP_MB}`, workerFile()];
    const options = { env: {}, cwd: tmpdir(), detached: true, windowsHide: true };
    const child = spawn(process.execPath, args, options);
    const chunks: Buffer[] = [];
    let bytes = 0;
    let complaint = '';
    const kill = () => killGroup(child);
    const end = (answer: SqlAnswer) => {
      signal.removeEventListener('abort', kill);
      kill();
      resolve(answer);
    };
    signal.addEventListener('abort', kill, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) kill();
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(0, MAX_ERROR_CHARACTERS);
    });
    child.on('error', (error) => end({ ok: false, error: `the SQL worker did not start: ${error.message}` }));
    child.on('close', () => end(answerIn(chunks) ?? { ok: false, error: whyEnded(job, complaint, signal) }));
    // A worker that is gone before it has read its job is told by `close`.
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify(job));
  });
}

function killGroup({ pid, exitCode, signalCode }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended by itself in between.
  }
}

function answerIn(chunks: readonly Buffer[]): SqlAnswer | undefined {
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as SqlAnswer;
  } catch {
    return undefined;
  }
}

function whyEnded({ timeoutMs, maxMemoryBytes }: SqlJob, complaint: string, signal: AbortSignal): string {
  if (signal.aborted) return 'the query was stopped with the call';
  if (complaint.includes('amodal:timeout')) {
    return `the query took longer than ${timeoutMs / 1000} s and was stopped ("timeoutSeconds" of the connection): ask for less, or filter earlier`;
  }
  const isMemory = complaint.includes('amodal:memory') || complaint.includes('heap out of memory');
  if (isMemory)
    return `the query needed more than ${Math.round(maxMemoryBytes / 2 ** 20)} MB of memory and was stopped: ask for less`;
  return `the SQL worker ended without an answer: ${complaint.trim().split('\n').at(-1) || 'no reason given'}`;
}
