import type { ToolContext } from '../../domain/ports/tool.ts';
import { runWorker, type WorkerEnd } from '../worker/run-worker.ts';
import { createSlots } from '../worker/slots.ts';
import type { RenderAnswer, RenderJob, RenderTask } from './render-job.ts';

/** How long one file may take to make, its worker's start included, where `limits.toolTimeoutSeconds` is not less. */
export const RENDER_TIMEOUT_MS = 20_000;

const MAX_MEMORY_BYTES = 768 * 1024 * 1024;
const MAX_HEAP_MB = 384;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Workers at once in a process; more calls wait. */
const MAX_WORKERS = 2;

/** No text becomes code in this process: not `eval`, not `new Function`. */
const NO_CODE = '--disallow-code-generation-from-strings';

const inSlot = createSlots(MAX_WORKERS);

export type Rendered =
  | { readonly ok: true; readonly bytes: Buffer; readonly notes: readonly string[] }
  | { readonly ok: false; readonly error: string };

/** Makes a file in a worker process without network, environment or code of the model; local times are the automation's. */
export function render(
  task: RenderTask,
  { automation, bundle, signal }: Pick<ToolContext, 'automation' | 'bundle' | 'signal'>,
): Promise<Rendered> {
  const timeoutMs = Math.min(RENDER_TIMEOUT_MS, automation.limits.toolTimeoutSeconds * 1000);
  const job: RenderJob = { task, timeoutMs, maxMemoryBytes: MAX_MEMORY_BYTES };
  const options = {
    program: 'render-worker',
    flags: [NO_CODE],
    env: { TZ: automation.schedule?.timezone ?? bundle.settings.timezone },
    maxHeapMb: MAX_HEAP_MB,
    maxAnswerBytes: MAX_ANSWER_BYTES,
  } as const;
  return inSlot(
    async () => renderedIn(await runWorker(job, options, signal), timeoutMs),
    () => ({ ok: false, error: 'stopped while it waited for its turn' }),
    signal,
  );
}

function renderedIn(ended: WorkerEnd, timeoutMs: number): Rendered {
  if (!ended.ok) return { ok: false, error: whyEnded(ended, timeoutMs) };
  const answer = ended.answer as RenderAnswer;
  return answer.ok ? { ok: true, bytes: Buffer.from(answer.base64, 'base64'), notes: answer.notes } : answer;
}

function whyEnded({ why, complaint }: Extract<WorkerEnd, { ok: false }>, timeoutMs: number): string {
  switch (why) {
    case 'stopped':
      return 'stopped with the call';
    case 'timeout':
      return `it took longer than ${timeoutMs / 1000} s and was stopped: give it less data`;
    case 'memory':
      return 'it needed too much memory and was stopped: give it less data';
    case 'died':
      return `the worker ended without an answer: ${complaint}`;
  }
}
