import type { InboundAnswer, InboundRequest } from './inbound.ts';
import { REFUSED, tooMany, unavailable } from './inbound-answer.ts';
import type { Refused, RejectionKeeper } from './keep-rejection.ts';
import type { IntakePorts } from './ports.ts';
import type { Rate, RateLimits } from './rate-limits.ts';

/** Wrong signatures that one sender may send to one hook before it has to wait. */
export const FAILED_SIGNATURES: Rate = { perMinute: 300 };

/** What the steps of intake share. */
export interface Doors {
  readonly ports: IntakePorts;
  readonly rates: RateLimits;
  readonly failures: RateLimits;
  readonly rejections: RejectionKeeper;
}

/** 401, the same for every reason, or 429 for who fails too often. */
export function unauthorized({ failures }: Doors, name: string, request: InboundRequest): InboundAnswer {
  const wait = failures.take(failureKey(name, request), FAILED_SIGNATURES);
  return wait > 0 ? tooMany(wait) : REFUSED.unauthorized;
}

export function failureKey(name: string, { peer }: InboundRequest): string {
  return `${name} ${peer}`;
}

/** Keeps what is turned away; an authentic event that cannot be kept is to be sent again. */
export async function refuse(
  { ports, rejections }: Doors,
  refused: Omit<Refused, 'httpStatus' | 'isAuthentic'> & {
    readonly answer: InboundAnswer;
    readonly isAuthentic?: boolean;
  },
): Promise<InboundAnswer> {
  const { answer, isAuthentic = false, name, reason } = refused;
  ports.tally?.add(name, reason === 'paused' ? 'paused' : 'refused', reason === 'paused' ? '' : reason);
  const isKept = await rejections.keep({ ...refused, isAuthentic, httpStatus: answer.status });
  return isKept || !isAuthentic ? answer : unavailable();
}

/** The reason, for whoever reads the log: never the body, the proof or the query. */
export function logRefusal(ports: IntakePorts, automation: string, fields: Readonly<Record<string, unknown>>): void {
  ports.logger.info('webhook refused', { automation, ...fields });
}
