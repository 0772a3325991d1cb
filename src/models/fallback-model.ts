import type { Clock } from '../domain/ports/clock.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { Model, ModelAnswer, ModelRequest } from '../domain/ports/model.ts';

/** For this long after the first model failed, its fallback is asked first: a session does not wait at each step. */
export const FALLBACK_HOLD_MS = 60_000;

export interface FallbackOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A model that answers by `second` when `first` cannot; the words of both when neither can. */
export function withFallback(first: Model, second: Model, { clock, logger }: FallbackOptions): Model {
  let restsUntil = Number.NEGATIVE_INFINITY;
  const generate = async (request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> => {
    const [preferred, other] = clock.monotonic() < restsUntil ? [second, first] : [first, second];
    const answer = await preferred.generate(request, signal);
    if (answer.ok || signal.aborted) return answer;
    if (preferred === first) restsUntil = clock.monotonic() + FALLBACK_HOLD_MS;
    logger.warn('model falls back', { model: preferred.id, fallback: other.id, status: answer.error.httpStatus });
    return joined(answer, await other.generate(request, signal));
  };
  return { ...first, generate };
}

function joined(before: ModelAnswer & { ok: false }, answer: ModelAnswer): ModelAnswer {
  if (answer.ok) return answer;
  const message = `${before.error.message}; then ${answer.error.message}`;
  return {
    ok: false,
    error: { ...answer.error, message, retryable: before.error.retryable || answer.error.retryable },
  };
}
