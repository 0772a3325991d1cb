import type { WebhookRequest } from '../domain/ports/webhook-preset.ts';
import { textAt } from '../domain/values-at.ts';
import type { SignatureShape } from './auth-shape.ts';
import { headerValue } from './header-lines.ts';
import { payloadOf } from './payload-of.ts';

export type TimestampProblem = 'malformed_timestamp' | 'stale_timestamp' | 'future_timestamp';

const LITERAL = { s: /^\d{10}$/, ms: /^\d{13}$/ } as const;
const MILLISECONDS = { s: 1000, ms: 1 } as const;

/** The literal text of a request's time, exactly as its sender wrote and signed it; undefined when there is none, or two. */
export function timestampText(
  request: WebhookRequest,
  { timestamp, header, splitOn }: SignatureShape,
): string | undefined {
  if (!timestamp) return undefined;
  if (timestamp.from === 'header') return headerValue(request, timestamp.name);
  if (timestamp.from === 'body') return textAt(payloadOf(request), timestamp.path);
  const items = (headerValue(request, header) ?? '').split(splitOn ?? ',').map((item) => item.trim());
  const found = items.filter((item) => item.startsWith(timestamp.prefix));
  return found.length === 1 ? found[0]?.slice(timestamp.prefix.length) : undefined;
}

/** What is wrong with a literal time; the window is inclusive and counts both ways. Times in seconds compare in seconds. */
export function checkTimestamp(
  literal: string | undefined,
  receivedAt: number,
  { timestampUnit, toleranceSeconds }: SignatureShape,
): TimestampProblem | undefined {
  if (literal === undefined || !LITERAL[timestampUnit].test(literal)) return 'malformed_timestamp';
  if (toleranceSeconds === undefined) return undefined;
  const unit = MILLISECONDS[timestampUnit];
  const age = Math.floor(receivedAt / unit) * unit - Number(literal) * unit;
  if (age > toleranceSeconds * 1000) return 'stale_timestamp';
  return age < -toleranceSeconds * 1000 ? 'future_timestamp' : undefined;
}
