import type { NewAuditRecord } from '../domain/audit.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { Delivery, DeliveryResult } from '../domain/delivery.ts';
import { nextAttemptAt } from '../domain/delivery-schedule.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { DeliveryType } from '../domain/ports/delivery-type.ts';
import type { Faults } from '../domain/ports/faults.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { NewTranscriptEntry } from '../domain/transcript.ts';
import { filesOfRun } from './files-of-run.ts';
import { resolveTarget } from './resolve-target.ts';

/** One attempt may take this long, connecting and reading the answer included. */
export const DEFAULT_SEND_MS = 15_000;

export interface SendPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly deliveryTypes: readonly DeliveryType[];
  readonly faults: Faults;
  readonly logger: Logger;
}

/** What became of one claimed row: `nextAt` when it is to be tried again, `dead` when it never will be. */
export type SendEnd = { readonly nextAt?: number; readonly dead?: { readonly error: string } };

/** Makes one attempt of a claimed row and records it; a row whose target is gone is put aside instead. */
export async function sendDelivery(
  ports: SendPorts,
  delivery: Delivery,
  { bundle, signal }: { readonly bundle: Bundle; readonly signal: AbortSignal },
): Promise<SendEnd> {
  const { database, clock, faults } = ports;
  const { id, fence } = delivery;
  const resolved = resolveTarget(bundle, delivery);
  if (!resolved.ok) {
    await database.holdDelivery(id, fence, resolved.reason, clock.now());
    return {};
  }
  faults('post.before');
  const result = await attempt(ports, { ...delivery, target: resolved.target }, { bundle, signal });
  faults('post.after');
  const now = clock.now();
  const nextAt = result.ok ? undefined : nextAttemptAt(delivery.attempts + 1, result, now);
  const audit = auditOf(delivery, result);
  const settled = await database.settleDelivery({ id, fence, result, nextAttemptAt: nextAt, audit }, now);
  if (!settled) return {};
  await database.appendTranscript(delivery.run, undefined, [lineOf(delivery, { result, nextAt })], now);
  if (result.ok) return {};
  return nextAt === undefined ? { dead: { error: result.error } } : { nextAt };
}

/** Sends under a time limit; whatever goes wrong is a result. */
const STOPPED = new Error('the delivery took too long, or the runtime stops');

async function attempt(
  { database, clock, deliveryTypes, logger }: SendPorts,
  delivery: Delivery,
  { bundle, signal }: { readonly bundle: Bundle; readonly signal: AbortSignal },
): Promise<DeliveryResult> {
  const type = deliveryTypes.find((candidate) => candidate.type === delivery.target.type);
  if (!type) return failure(`this runtime knows no "${delivery.target.type}" targets`, 'final');
  const limit = new AbortController();
  const stop = () => limit.abort(STOPPED);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const over = new AbortController();
  void clock.sleep(DEFAULT_SEND_MS, over.signal).then(stop);
  const { secrets, root } = bundle;
  const filesOf = (maxBytes: number) => filesOfRun({ database, clock }, delivery.run, maxBytes);
  const context = { secrets, signal: limit.signal, now: () => clock.now(), dir: root, filesOf };
  try {
    return await Promise.race([type.send(delivery, context), gaveUp(limit.signal)]);
  } catch (error) {
    logger.error('a delivery type broke', { type: type.type, error: secrets.redact(String(error)) });
    return failure(secrets.redact(String(error)), 'retryable');
  } finally {
    over.abort('over');
    signal.removeEventListener('abort', stop);
  }
}

/** A sender that does not heed its signal does not hold up the courier. */
async function gaveUp(signal: AbortSignal): Promise<DeliveryResult> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  return failure(`no answer within ${DEFAULT_SEND_MS / 1000} s`, 'retryable');
}

/** The line of one attempt in the run's record; the target's address stays out of it. */
function lineOf(
  { id, kind, target, attempts }: Delivery,
  { result, nextAt }: { readonly result: DeliveryResult; readonly nextAt: number | undefined },
): NewTranscriptEntry {
  const isLast = !result.ok && nextAt === undefined;
  const content = {
    delivery: id,
    kind,
    target: target.type,
    attempt: attempts + 1,
    ...(result.httpStatus !== undefined && { status: result.httpStatus }),
    ...(!result.ok && { error: result.error }),
    ...(nextAt !== undefined && { nextAttemptAt: nextAt }),
  };
  if (kind === 'result')
    return { type: result.ok ? 'delivery.sent' : isLast ? 'delivery.dead' : 'delivery.failed', content };
  return { type: result.ok ? 'alert.sent' : 'alert.failed', content };
}

function failure(error: string, how: 'retryable' | 'final'): DeliveryResult {
  return { ok: false, retryable: how === 'retryable', error };
}

function auditOf({ id, automation, run, kind, target, attempts }: Delivery, result: DeliveryResult): NewAuditRecord {
  const details = {
    delivery: id,
    kind,
    target: target.type,
    attempt: attempts + 1,
    ok: result.ok,
    ...(result.httpStatus !== undefined && { status: result.httpStatus }),
    ...(!result.ok && { error: result.error }),
  };
  return { action: 'delivery.attempt', actor: 'runtime', automation, run, details };
}
