import type { DeliveryResult } from './delivery.ts';

/** Seconds after the first attempt at which each one is made (SPEC §7); after the last comes the dead letter. */
export const ATTEMPT_OFFSETS_SECONDS: readonly number[] = [0, 30, 120, 600, 3600];

/** No target makes us wait longer, whatever its `Retry-After` says. */
export const MAX_RETRY_AFTER_SECONDS = 86_400;

type Failed = Extract<DeliveryResult, { ok: false }>;

/**
 * When the attempt after `attempts` made ones is due (epoch ms), or undefined when there is none: the failure is
 * final, or it was the last. `Retry-After` can only make the wait longer.
 */
export function nextAttemptAt(attempts: number, failure: Failed, now: number): number | undefined {
  const offset = ATTEMPT_OFFSETS_SECONDS[attempts];
  if (!failure.retryable || offset === undefined) return undefined;
  const pause = offset - (ATTEMPT_OFFSETS_SECONDS[attempts - 1] ?? 0);
  const asked = Math.min(failure.retryAfterSeconds ?? 0, MAX_RETRY_AFTER_SECONDS);
  return now + Math.max(pause, asked) * 1000;
}

/** Whether an answer with this status may be different next time: no success, and not a refusal of what was sent. */
export function isRetryableDelivery(status: number): boolean {
  return status === 408 || status === 429 || status >= 500 || status < 400;
}

/** Seconds of a `Retry-After` header (a number or an HTTP date), 0 or more; undefined for anything else. */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,12}$/.test(text)) return Math.min(Number(text), MAX_RETRY_AFTER_SECONDS);
  if (!HTTP_DATE.test(text)) return undefined;
  const at = Date.parse(text);
  if (!Number.isFinite(at) || at <= now) return undefined;
  return Math.min(Math.ceil((at - now) / 1000), MAX_RETRY_AFTER_SECONDS);
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
