import type { Delivery } from '../domain/delivery.ts';
import type { Run } from '../domain/run.ts';
import { describeTarget } from './describe-target.ts';
import { isoTime, isoTimeOrNull } from './iso-time.ts';
import type { DeliveryView, RunView } from './views.ts';

/** A run as history shows it: its own end, and beside it what became of its deliveries. */
export function runView(run: Run, deliveries: readonly Delivery[]): RunView {
  const { startedAt, finishedAt, provenance } = run;
  return {
    id: run.id,
    automation: run.automation,
    status: run.status,
    reason: run.reason ?? null,
    error: run.error ?? null,
    trigger: run.trigger,
    instant: isoTimeOrNull(run.instant),
    startedAt: isoTimeOrNull(startedAt),
    createdAt: isoTime(run.createdAt),
    finishedAt: isoTimeOrNull(finishedAt),
    durationMs: startedAt === undefined || finishedAt === undefined ? null : finishedAt - startedAt,
    attempt: run.attempt,
    interruptions: run.interruptions,
    commit: provenance?.commit ?? null,
    dirty: provenance?.dirty ?? null,
    usage: run.usage,
    costUsd: run.costUsd,
    replayMode: run.replayMode ?? null,
    deliveries: deliveries.map(({ id, kind, target, status, attempts }) => ({
      id,
      kind,
      target: describeTarget(target),
      status,
      attempts,
    })),
  };
}

/** A row of the outbox as it is shown: where to in words, never the whole URL. */
export function deliveryView(delivery: Delivery): DeliveryView {
  const { id, run, automation, kind, target, status, attempts, nextAttemptAt } = delivery;
  const open = status === 'pending' || status === 'sending';
  return {
    id,
    run,
    automation,
    kind,
    target: describeTarget(target),
    status,
    attempts,
    nextAttemptAt: open ? isoTime(nextAttemptAt) : null,
    lastError: delivery.lastError ?? null,
    lastStatus: delivery.lastStatus ?? null,
    createdAt: isoTime(delivery.createdAt),
    deliveredAt: isoTimeOrNull(delivery.deliveredAt),
  };
}
