import type { FinishReason } from './ports/model.ts';
import type { ReplayMode, RunReason, Usage } from './run.ts';
import type { TranscriptEntry } from './transcript.ts';

/** What a run takes over from the run that it repeats. */
export interface Replay {
  readonly mode: ReplayMode;
  /** The old run's user message, as it was sent; undefined when the old run never got as far. */
  readonly prompt?: string;
  /** What the old run's last attempt heard; used by `offline` alone. */
  readonly traffic: Traffic;
  /** The old run read what an outside event had a hand in, or may have. */
  readonly untrusted: boolean;
}

/** The recorded model and tool traffic of one attempt; that of its sub-agents is in the result of `dispatch`. */
export interface Traffic {
  readonly turns: readonly RecordedTurn[];
  /** What the steps of chains came to, by their keys (`step.number.name`). */
  readonly steps?: ReadonlyMap<string, RecordedAnswer>;
  /** How the recorded run ended: what follows after the last turn. */
  readonly end: { readonly reason?: RunReason; readonly error: string };
}

export interface RecordedTurn {
  readonly text: string;
  readonly finish: FinishReason;
  readonly model: string;
  readonly usage: Usage;
  /** Null when the price was unknown. */
  readonly costUsd: number | null;
  readonly calls: readonly RecordedCall[];
}

export interface RecordedCall {
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
  /** Undefined when the attempt ended before the call did. */
  readonly answer?: RecordedAnswer;
}

/** What a call came to: `made` and answered, or `refused` by the gate. */
export interface RecordedAnswer {
  readonly type: 'made' | 'refused';
  readonly ok: boolean;
  readonly status?: number;
  readonly text: string;
  readonly effect?: 'read' | 'write';
  /** A write that an earlier replay showed and did not send. */
  readonly captured?: true;
  /** It came from a store or note that an outside event had a hand in. */
  readonly untrusted?: true;
}

type Content = Readonly<Record<string, unknown>>;

/** The lines of the last attempt that had a prompt, from it on. */
export function lastAttempt(entries: readonly TranscriptEntry[]): readonly TranscriptEntry[] {
  const from = entries.findLastIndex(({ type, content }) => type === 'prompt' && !('error' in content));
  return from < 0 ? [] : entries.slice(from);
}

/** The user message that a record begins with; undefined when it has none. */
export function recordedPrompt(entries: readonly TranscriptEntry[]): string | undefined {
  const prompt = lastAttempt(entries).find(({ type }) => type === 'prompt')?.content.user;
  return typeof prompt === 'string' ? prompt : undefined;
}

/** Whether a record says that its traffic was left out (`"recordTraffic": false`). */
export function isUnrecorded(entries: readonly TranscriptEntry[]): boolean {
  return lastAttempt(entries).some(({ type, content }) => type === 'prompt' && content.recorded === false);
}

/**
 * What was recorded of the call with this key: `step.number`, where every step is a turn of the run itself, or that of
 * a chain's step.
 */
export function recordedAnswer({ turns, steps }: Traffic, key: string): RecordedAnswer | undefined {
  const [step, number, ...name] = key.split('.').map(Number);
  if (name.length > 0) return steps?.get(key);
  return turns[(step ?? 0) - 1]?.calls[(number ?? 0) - 1]?.answer;
}

/** Whether the call with this key was a chain that took steps. */
export function hasRecordedSteps({ steps }: Traffic, key: string): boolean {
  return [...(steps?.keys() ?? [])].some((step) => step.startsWith(`${key}.`));
}

/** The traffic of a record's last attempt; deterministic, so that an offline replay of it is too. */
export function recordedTraffic(entries: readonly TranscriptEntry[]): Traffic {
  const lines = lastAttempt(entries).filter(({ content }) => content.agent === undefined);
  const answers = answersByCall(lines);
  const turns = lines.flatMap(({ type, content }) =>
    type === 'agent.message' ? [turnOf(content, lines, answers)] : [],
  );
  const end = lines.findLast(({ type }) => type === 'session.status_closed' || type === 'run.retry')?.content;
  const error = typeof end?.error === 'string' ? end.error : 'the record ends here';
  const steps = new Map([...answers].filter(([key]) => key.split('.').length > 2));
  return { turns, steps, end: { ...(end?.reason ? { reason: textOf(end.reason) as RunReason } : {}), error } };
}

function turnOf(content: Content, lines: readonly TranscriptEntry[], answers: ReadonlyMap<string, RecordedAnswer>) {
  const { step } = content;
  const usage = lines.find((line) => line.type === 'usage' && line.content.step === step)?.content ?? {};
  const calls = listOf(content.toolCalls).map((call, index): RecordedCall => {
    const answer = answers.get(`${step}.${index + 1}`);
    return { id: textOf(call.id), tool: textOf(call.name), input: call.input, ...(answer && { answer }) };
  });
  return {
    text: textOf(content.text),
    finish: textOf(content.finish) as FinishReason,
    model: textOf(content.model),
    usage: {
      inputTokens: numberOf(usage.inputTokens),
      outputTokens: numberOf(usage.outputTokens),
      totalTokens: numberOf(usage.totalTokens),
    },
    costUsd: typeof usage.costUsd === 'number' ? usage.costUsd : null,
    calls,
  };
}

/** By the key that the call had: `step.number`. */
function answersByCall(lines: readonly TranscriptEntry[]): ReadonlyMap<string, RecordedAnswer> {
  const answers = new Map<string, RecordedAnswer>();
  for (const { type, content } of lines) {
    const key = textOf(content.call);
    if (type === 'tool.refused') answers.set(key, { type: 'refused', ok: false, text: textOf(content.message) });
    if (type === 'tool.result') answers.set(key, madeAnswer(content));
  }
  return answers;
}

function madeAnswer({ ok, status, text, effect, captured, untrusted }: Content): RecordedAnswer {
  return {
    type: 'made',
    ok: ok === true,
    text: textOf(text),
    ...(typeof status === 'number' ? { status } : {}),
    ...(effect === 'read' || effect === 'write' ? { effect } : {}),
    ...(captured === true ? { captured } : {}),
    ...(untrusted === true ? { untrusted } : {}),
  };
}

function listOf(value: unknown): readonly Content[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
