import { AmodalError } from '../domain/error.ts';
import type { ModelError } from '../domain/ports/model.ts';
import { isRetryableHttp } from '../domain/retry.ts';

/** The parts of the SDK's call error that are read here. */
interface CallError extends Error {
  readonly statusCode?: number;
  readonly responseBody?: string;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly isRetryable: boolean;
}

const LONGEST_BODY = 500;

/** What went wrong with a request, in the provider's words; `model` stands in front, `now` (epoch ms) reads dates. */
export function toModelError(
  error: unknown,
  { model, now }: { readonly model: string; readonly now: number },
): ModelError {
  const refusal = ownRefusal(error);
  if (refusal) return { message: `${model}: ${refusal.message}`, retryable: false };
  if (isCallError(error)) return callError(error, { model, now });
  const message = error instanceof Error ? error.message : String(error);
  return { message: `${model}: ${message}${causeOf(error)}`, retryable: isNetworkError(error) };
}

function callError(error: CallError, { model, now }: { readonly model: string; readonly now: number }): ModelError {
  const { statusCode: httpStatus } = error;
  if (httpStatus === undefined || isNetworkError(error)) {
    return { message: `${model} could not be reached: ${error.message}${causeOf(error)}`, retryable: true };
  }
  const retryAfterSeconds = retryAfter(error, now);
  return {
    message: `${model} answered ${httpStatus}: ${wordsOf(error)}`,
    httpStatus,
    retryable: isRetryableHttp(httpStatus) || isCutBody(error),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** The provider's message; where the SDK found none in the body, the beginning of the body itself. */
function wordsOf(error: CallError): string {
  const body = (error.responseBody ?? '').replace(/\s+/g, ' ').trim();
  if (error.message !== '' && body.includes(JSON.stringify(error.message).slice(1, -1))) return error.message;
  const start = body.length > LONGEST_BODY ? `${body.slice(0, LONGEST_BODY)}…` : body;
  return [error.message, start].filter((part) => part !== '').join(': ') || 'no message';
}

/** A 200 whose JSON ends in the middle was cut on the way; one that is whole but not understood stays wrong. */
function isCutBody({ statusCode, responseBody }: CallError): boolean {
  if (statusCode === undefined || statusCode >= 300 || responseBody === undefined) return false;
  try {
    JSON.parse(responseBody);
    return false;
  } catch {
    return true;
  }
}

/** Seconds that the provider asks to wait: `retry-after-ms`, `retry-after` (seconds or a date), Google's `retryDelay`. */
function retryAfter({ responseHeaders = {}, responseBody = '' }: CallError, now: number): number | undefined {
  const ms = Number(responseHeaders['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms / 1000;
  const header = responseHeaders['retry-after'];
  const seconds = Number(header ?? Number.NaN);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  const date = Date.parse(header ?? '');
  if (Number.isFinite(date)) return Math.max(0, (date - now) / 1000);
  const delay = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(responseBody)?.[1];
  return delay === undefined ? undefined : Number(delay);
}

/** A refusal of our own (an address that is not allowed) somewhere below what `fetch` rejected with. */
function ownRefusal(error: unknown): AmodalError | undefined {
  return causes(error).find((cause) => cause instanceof AmodalError);
}

function isNetworkError(error: unknown): boolean {
  return causes(error).some((cause) => {
    const code = 'code' in cause ? cause.code : undefined;
    return typeof code === 'string' && /^(E[A-Z]+|UND_ERR_[A-Z_]+|HPE_[A-Z_]+)$/.test(code);
  });
}

function causeOf(error: unknown): string {
  const words = error instanceof Error ? error.message : '';
  const deepest = causes(error).at(-1)?.message ?? '';
  return deepest === '' || words.includes(deepest) ? '' : ` (${deepest})`;
}

function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let current = error; current instanceof Error && !found.includes(current); current = current.cause) {
    found.push(current);
  }
  return found;
}

function isCallError(error: unknown): error is CallError {
  return error instanceof Error && error.name === 'AI_APICallError';
}
