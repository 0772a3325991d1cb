import type { FinishReason } from '../domain/ports/model.ts';

/** What a provider said about its end, in the SDK's reading and in its own words. */
export interface Ending {
  /** The SDK's reading; anything unknown is `other`. */
  readonly unified: string;
  readonly raw: string | undefined;
  /** The response's parsed body. */
  readonly body: unknown;
  readonly hasCalls: boolean;
}

/** The provider's word for a refusal where the SDK says `content-filter`; undefined and `stop`: it said none, but refused. */
const REFUSALS = new Set([undefined, 'stop', 'refusal']);

/** Ends that the SDK takes for a plain stop although the model was not done. */
const NOT_DONE = new Set(['pause_turn', 'compaction']);

/** Maps every end of a step; only an end that the provider itself calls finished is `stop` or `tool-calls`. */
export function finishReasonOf({ unified, raw, body, hasCalls }: Ending): FinishReason {
  if (isRefusal(body)) return 'refusal';
  if (hasUnfinishedStatus(body)) return 'error';
  if (raw !== undefined && NOT_DONE.has(raw)) return 'other';
  switch (unified) {
    case 'stop':
      return hasCalls ? 'tool-calls' : 'stop';
    case 'tool-calls':
      return hasCalls ? 'tool-calls' : 'other';
    case 'content-filter':
      return REFUSALS.has(raw) ? 'refusal' : 'content-filter';
    case 'length':
    case 'error':
      return unified;
    default:
      return 'other';
  }
}

/** Chat completions say it beside an empty content; servers that only resemble OpenAI do so with finish `stop`. */
function isRefusal(body: unknown): boolean {
  const message = field(field(firstOf(field(body, 'choices')), 'message'), 'refusal');
  return typeof message === 'string' && message !== '';
}

/** A Responses object that is neither completed nor cut (`failed`, `cancelled`, `in_progress`) has no answer in it. */
function hasUnfinishedStatus(body: unknown): boolean {
  if (field(body, 'object') !== 'response') return false;
  const status = field(body, 'status');
  return typeof status === 'string' && status !== 'completed' && status !== 'incomplete';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}
