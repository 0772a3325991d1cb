import type { DeliveryResult } from '../domain/delivery.ts';
import { isRetryableDelivery, retryAfterSeconds } from '../domain/delivery-schedule.ts';
import { withoutControls } from '../domain/delivery-text.ts';
import { AmodalError } from '../domain/error.ts';
import type { DeliveryContext } from '../domain/ports/delivery-type.ts';
import type { HttpFailure, HttpResult } from '../net/index.ts';

/** Characters of a target's own words in an error. */
const MAX_WORDS = 200;

/** Failures that another attempt will not change: the file, or the name's address, must change first. */
const FINAL: ReadonlySet<HttpFailure['reason']> = new Set(['blocked_address', 'invalid_request']);

/** What an HTTP exchange means for a delivery (SPEC §7): 2xx has arrived, a redirect has not. */
export function httpDelivery(result: HttpResult, { secrets, now }: DeliveryContext): DeliveryResult {
  if (!result.ok) {
    const failure = deliveryFailure(secrets.redact(result.error), FINAL.has(result.reason) ? 'final' : 'retryable');
    return result.status === undefined ? failure : { ...failure, httpStatus: result.status };
  }
  const { status, headers } = result;
  if (status < 300) return { ok: true, httpStatus: status };
  const words = shortWords(secrets.redact(result.text));
  const after = retryAfterSeconds(headers['retry-after'], now());
  return {
    ...deliveryFailure(`HTTP ${status}${words && `: ${words}`}`, isRetryableDelivery(status) ? 'retryable' : 'final'),
    httpStatus: status,
    ...(after !== undefined && { retryAfterSeconds: after }),
  };
}

export function deliveryFailure(error: string, how: 'retryable' | 'final') {
  return { ok: false, retryable: how === 'retryable', error } as const;
}

/** Runs a `send`; whatever it throws (an unset variable, a bug of a library) is a failed attempt. */
export async function withoutThrowing(
  { secrets }: DeliveryContext,
  send: () => Promise<DeliveryResult>,
): Promise<DeliveryResult> {
  try {
    return await send();
  } catch (error) {
    const words = shortWords(secrets.redact(error instanceof Error ? error.message : String(error)));
    return deliveryFailure(words, error instanceof AmodalError && error.code === 'bad_request' ? 'final' : 'retryable');
  }
}

/** One line of at most `MAX_WORDS` characters, without control characters. */
export function shortWords(text: string): string {
  const line = withoutControls(text).replace(/\s+/g, ' ').trim();
  return line.length <= MAX_WORDS ? line : `${[...line].slice(0, MAX_WORDS - 1).join('')}…`;
}
