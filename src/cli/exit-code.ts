import { AmodalError, type ErrorCode } from '../domain/error.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_STATE_HELD = 3;

const EXIT_CODES: Partial<Record<ErrorCode, number>> = { usage: EXIT_USAGE, state_held: EXIT_STATE_HELD };

/** The exit code of an error; what is not an `AmodalError` is our own mistake and still one sentence for the user. */
export function exitCodeOf(error: unknown): number {
  return error instanceof AmodalError ? (EXIT_CODES[error.code] ?? EXIT_FAILED) : EXIT_FAILED;
}

/** One sentence for stderr, never a stack trace. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AmodalError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `unexpected: ${message}`;
}
