import type { Clock } from '../domain/ports/clock.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { Model, ModelAnswer, ModelError, ModelRequest } from '../domain/ports/model.ts';

/** Milliseconds before each further request after one that may go better next time. */
export const DEFAULT_BACKOFF_MS: readonly number[] = [1000, 4000, 16_000];

/** A provider that asks for a longer pause than this is not waited for. */
export const LONGEST_RETRY_AFTER_MS = 60_000;

/** The same model, asked again after 429, 5xx, overload and network errors, for as long as the signal allows. */
export function withRetries(
  model: Model,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Model {
  return { ...model, generate: (request, signal) => generate(model, request, { clock, logger, signal }) };
}

interface Attempting {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

async function generate(
  model: Model,
  request: ModelRequest,
  { clock, logger, signal }: Attempting,
): Promise<ModelAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await model.generate(request, signal);
    if (answer.ok) return answer;
    const pause = pauseAfter(answer.error, attempt);
    if (pause === undefined || signal.aborted) return answer;
    logger.warn('model is asked again', { model: model.id, attempt, status: answer.error.httpStatus, pauseMs: pause });
    await clock.sleep(pause, signal);
    if (signal.aborted) return answer;
  }
}

function pauseAfter({ retryable, retryAfterSeconds = 0 }: ModelError, attempt: number): number | undefined {
  const backoff = DEFAULT_BACKOFF_MS[attempt - 1];
  const asked = Math.ceil(retryAfterSeconds * 1000);
  if (!retryable || backoff === undefined || asked > LONGEST_RETRY_AFTER_MS) return undefined;
  return Math.max(backoff, asked);
}
