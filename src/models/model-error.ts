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

/** Most characters of a body that stands in for the provider's words, and of the words themselves. */
const LONGEST_BODY = 500;
const LONGEST_WORDS = 2000;

export interface ErrorOptions {
  /** `provider/model`, in front of the message. */
  readonly model: string;
  /** Epoch ms, for dates to wait until. */
  readonly now: number;
  /** Takes secrets out; called before anything is cut, so that no half of one is left. */
  readonly redact: (text: string) => string;
}

/** What went wrong with a request, in the provider's own words. */
export function toModelError(error: unknown, { model, now, redact }: ErrorOptions): ModelError {
  const words = (text: string) => cut(redact(text), LONGEST_WORDS);
  const refusal = ownRefusal(error);
  if (refusal) return { message: `${model}: ${words(refusal.message)}`, retryable: false };
  const message = words(messageOf(error) + causeOf(error));
  if (!isCallError(error)) return { message: `${model}: ${message}`, retryable: isNetworkError(error) };
  const { statusCode: httpStatus } = error;
  if (httpStatus === undefined || isNetworkError(error)) {
    return { message: `${model} could not be reached: ${message}`, retryable: true };
  }
  const retryAfterSeconds = retryAfter(error, now);
  return {
    message: `${model} answered ${httpStatus}: ${words(wordsOf(error, redact))}`,
    httpStatus,
    retryable: isRetryableHttp(httpStatus) || isCutBody(error),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/** The provider's message; where the SDK found none in the body, the beginning of the body itself. */
function wordsOf(error: CallError, redact: (text: string) => string): string {
  const body = (error.responseBody ?? '').replace(/\s+/g, ' ').trim();
  if (error.message !== '' && body.includes(JSON.stringify(error.message).slice(1, -1))) return error.message;
  const start = cut(redact(body), LONGEST_BODY);
  return [error.message, start].filter((part) => part !== '').join(': ') || 'no message';
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function causeOf(error: unknown): string {
  const words = messageOf(error);
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
