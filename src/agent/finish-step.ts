import type { ModelAnswer } from '../domain/ports/model.ts';
import type { Outcome } from '../domain/run.ts';

export type Finished =
  | { readonly type: 'tools' }
  | { readonly type: 'answer'; readonly text: string }
  | Extract<Outcome, { type: 'failed' }>;

/** Nothing that a reader could see. */
const EMPTY = /^[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]*$/u;

/** What one answer of the model means for the run. Only `stop` with a text that can be seen is an answer. */
export function finishStep({ text, toolCalls, finish }: Extract<ModelAnswer, { ok: true }>): Finished {
  switch (finish) {
    case 'length':
      return failed('output_limit', 'the answer was cut at the limit of output tokens', text);
    case 'content-filter':
      return failed('content_filter', "the provider's content filter stopped the answer", text);
    case 'refusal':
      return failed('model_refusal', `the model refused: ${text.trim() || 'without a word'}`, '');
    case 'error':
    case 'other':
      return { ...failed('model_error', `the answer broke off (finish "${finish}")`, text), retryable: true };
    case 'stop':
    case 'tool-calls':
      if (toolCalls.length > 0) return { type: 'tools' };
      if (finish === 'tool-calls') return failed('model_error', 'the model announced tool calls and made none', text);
      if (EMPTY.test(text)) return failed('empty_answer', 'the model ended without a text', '');
      return { type: 'answer', text: text.trim() };
  }
}

function failed(reason: Extract<Outcome, { type: 'failed' }>['reason'], error: string, partial: string) {
  const shown = partial.trim();
  return { type: 'failed', reason, error, retryable: false, ...(shown ? { partial: shown } : {}) } as const;
}
