import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { type WorkerProgram, workerFile } from './worker-file.ts';

const MAX_COMPLAINT_CHARACTERS = 2_000;

/** What a worker may use; it ends itself at these limits. */
export interface WorkerLimits {
  readonly timeoutMs: number;
  /** Resident memory of the worker. */
  readonly maxMemoryBytes: number;
}

export interface WorkerOptions {
  readonly program: WorkerProgram;
  /** Flags of Node besides the heap's. */
  readonly flags?: readonly string[];
  /** All of its environment; empty when left out. */
  readonly env?: Readonly<Record<string, string>>;
  readonly maxHeapMb: number;
  readonly maxAnswerBytes: number;
}

export type WorkerEnd =
  | { readonly ok: true; readonly answer: unknown }
  /** `complaint`: the last line that it wrote to stderr, or why it did not start. */
  | { readonly ok: false; readonly why: 'stopped' | 'timeout' | 'memory' | 'died'; readonly complaint: string };

/**
 * Runs one job in a process of its own, with an environment of its own: the job goes over stdin, the answer comes over
 * stdout, both JSON. The worker ends itself at its limits; the signal kills its whole process group at once.
 */
export function runWorker(
  job: WorkerLimits,
  { program, flags = [], env = {}, maxHeapMb, maxAnswerBytes }: WorkerOptions,
  signal: AbortSignal,
): Promise<WorkerEnd> {
  if (signal.aborted) return Promise.resolve({ ok: false, why: 'stopped', complaint: 'stopped before it began' });
  return new Promise((resolve) => {
    const args = [`--max-old-space-size=${maxHeapMb}`, ...flags, workerFile(program)];
    const child = spawn(process.execPath, args, { env: { ...env }, cwd: tmpdir(), detached: true, windowsHide: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let complaint = '';
    const kill = () => killGroup(child);
    const end = (ended: WorkerEnd) => {
      signal.removeEventListener('abort', kill);
      kill();
      resolve(ended);
    };
    signal.addEventListener('abort', kill, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxAnswerBytes) kill();
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(0, MAX_COMPLAINT_CHARACTERS);
    });
    child.on('error', ({ message }) => end({ ok: false, why: 'died', complaint: message }));
    child.on('close', () => end(answerIn(chunks) ?? whyEnded(complaint, signal)));
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

function answerIn(chunks: readonly Buffer[]): WorkerEnd | undefined {
  try {
    return { ok: true, answer: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch {
    return undefined;
  }
}

function whyEnded(complaint: string, signal: AbortSignal): WorkerEnd {
  const said = complaint.trim().split('\n').at(-1) || 'no reason given';
  const because = (why: Extract<WorkerEnd, { ok: false }>['why']): WorkerEnd => ({ ok: false, why, complaint: said });
  if (signal.aborted) return because('stopped');
  if (complaint.includes('amodal:timeout')) return because('timeout');
  if (complaint.includes('amodal:memory') || complaint.includes('heap out of memory')) return because('memory');
  return because('died');
}
