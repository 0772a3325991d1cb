/** Seconds that `wait: true` stands for. */
const DEFAULT_WAIT_SECONDS = 300;

/** No caller is kept waiting longer. */
const MAX_WAIT_SECONDS = 600;

/** Where a caller may say that it waits for the run's end, in the order in which the first that speaks decides. */
export interface WaitRequest {
  readonly body?: unknown;
  readonly query?: string;
  /** The `Prefer` header (RFC 7240). */
  readonly prefer?: string;
}

/**
 * Seconds that the request is held, 0 = answered at once. `wait` in the file always holds it; `caller` lets the
 * request decide (`true` = 300, cap 600, omitted, false or 0 = no); `accept` never does.
 */
export function waitSecondsOf(respond: 'accept' | 'wait' | 'caller', request: WaitRequest): number {
  if (respond === 'accept') return 0;
  const asked = secondsOf(request.body) ?? secondsOf(request.query) ?? secondsOf(preferredWait(request.prefer)) ?? 0;
  if (respond === 'wait' && asked === 0) return DEFAULT_WAIT_SECONDS;
  return asked;
}

function secondsOf(value: unknown): number | undefined {
  if (value === true || value === 'true' || value === '') return DEFAULT_WAIT_SECONDS;
  if (value === false || value === 'false') return 0;
  const seconds = typeof value === 'string' && /^\d{1,9}(\.\d{1,3})?$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(seconds, MAX_WAIT_SECONDS);
}

function preferredWait(prefer: string | undefined): string | undefined {
  return /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(prefer ?? '')?.[1];
}
