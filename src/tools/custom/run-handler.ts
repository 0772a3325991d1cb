import { type GroupProcess, startGroup } from '../worker/process-group.ts';
import { watchdogModule } from '../worker/watchdog.ts';

/** Of what a handler writes to stdout. */
export const MAX_HANDLER_ANSWER_BYTES = 1_048_576;

const MAX_HEAP_MB = 256;
const MAX_MEMORY_BYTES = 512 * 1024 * 1024;
/** It ends itself; from outside it is killed when it has not. */
const GRACE_MS = 2_000;
const MAX_COMPLAINT_CHARACTERS = 2_000;

export interface HandlerCall {
  /** The program, absolute. */
  readonly file: string;
  readonly input: unknown;
  /** All that it gets. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export type HandlerEnd =
  | { readonly ok: true; readonly text: string }
  /** `started: false` = it surely did nothing. */
  | { readonly ok: false; readonly error: string; readonly started: boolean };

/**
 * Runs a program once, in a process group and an empty folder of its own. It ends at its limits of time and memory even
 * when this process is gone. When it writes too much and when the signal aborts, the whole group is killed; what it has
 * left running is killed when it ends.
 */
export function runHandler({ file, input, env, timeoutMs }: HandlerCall, signal: AbortSignal): Promise<HandlerEnd> {
  if (signal.aborted) return Promise.resolve({ ok: false, error: 'stopped before it began', started: false });
  return new Promise((resolve) => {
    const watchdog = watchdogModule({ timeoutMs, maxMemoryBytes: MAX_MEMORY_BYTES });
    const args = [`--max-old-space-size=${MAX_HEAP_MB}`, '--import', watchdog, file];
    const group = startGroup({ program: process.execPath, args, env, timeoutMs: timeoutMs + GRACE_MS });
    const { child, kill } = group;
    const output = collect(group);
    const end = (ended: HandlerEnd) => {
      signal.removeEventListener('abort', stop);
      resolve(ended);
    };
    // Whatever has left the group may hold the pipes open: nothing waits for it.
    const stop = () => {
      kill();
      child.stdout.destroy();
      child.stderr.destroy();
      end({ ok: false, error: 'it was stopped with the call', started: true });
    };
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', ({ message }) => end({ ok: false, error: message, started: false }));
    child.once('close', (code, killedBy) => {
      if (code === 0 && !output.isTooLong()) return end({ ok: true, text: output.answer() });
      const why = signal.aborted
        ? 'it was stopped with the call'
        : whyFailed({ code, killedBy, timeoutMs }, group, output);
      end({ ok: false, error: why, started: true });
    });
    // A program that does not read its arguments is told by `close`.
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify(input));
  });
}

interface Output {
  readonly answer: () => string;
  /** The last line that it wrote to stderr. */
  readonly complaint: () => string;
  readonly isTooLong: () => boolean;
}

function collect({ child, kill }: GroupProcess): Output {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_HANDLER_ANSWER_BYTES) chunks.push(chunk);
    else kill();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-MAX_COMPLAINT_CHARACTERS);
  });
  return {
    answer: () => Buffer.concat(chunks).toString('utf8').trim(),
    complaint: () => complaint.trim().split('\n').at(-1)?.trim() ?? '',
    isTooLong: () => bytes > MAX_HANDLER_ANSWER_BYTES,
  };
}

interface Exit {
  readonly code: number | null;
  readonly killedBy: NodeJS.Signals | null;
  readonly timeoutMs: number;
}

function whyFailed({ code, killedBy, timeoutMs }: Exit, { child }: GroupProcess, output: Output): string {
  if (output.isTooLong()) return `it wrote more than ${MAX_HANDLER_ANSWER_BYTES} bytes and was stopped`;
  const said = output.complaint();
  if (child.killed || said.endsWith('amodal:timeout'))
    return `it took longer than ${timeoutMs / 1000} s and was stopped`;
  if (said.endsWith('amodal:memory')) return 'it needed too much memory and was stopped';
  const how = killedBy === null ? `exit status ${code}` : `killed by ${killedBy}`;
  return `it failed (${how})${said === '' ? '' : `: ${said}`}`;
}
