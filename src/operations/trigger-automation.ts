import { AmodalError } from '../domain/error.ts';
import { overlapOf } from '../domain/overlap.ts';
import { requireAutomation } from './find-automation.ts';
import { manualEvent } from './manual-event.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';
import { queueLimits } from './queue-limits.ts';
import { refuseFullQueue } from './refuse-full-queue.ts';

/** Queues one run by hand. A paused automation runs all the same: its pause holds back what nobody asked for. */
export function triggerAutomation(ports: OperationsPorts): Operations['triggerAutomation'] {
  return async (name, { event, by, idempotencyKey }) => {
    const bundle = ports.bundles.active();
    const automation = requireAutomation(bundle, name);
    if (!automation.enabled) {
      throw new AmodalError('conflict', `"${name}" is disabled: set "enabled": true in ${automation.file} to run it.`);
    }
    const now = ports.clock.now();
    const enqueued = await ports.database.enqueueRun(
      {
        id: ports.newId('run'),
        automation: name,
        trigger: 'manual',
        dedupeKey: idempotencyKey === undefined ? undefined : `manual:${idempotencyKey}`,
        event: manualEvent(event),
        requestedBy: by,
        audit: { action: 'run.triggered', actor: by, automation: name, details: {} },
        ...overlapOf(automation, 'manual'),
      },
      queueLimits(bundle.settings),
      now,
    );
    if (enqueued.type === 'full') return refuseFullQueue(enqueued.queued);
    const { run, type: status } = enqueued;
    if (status === 'queued') ports.onEnqueued();
    return { run, automation: name, status };
  };
}

/** What a trigger would send to the model; nothing runs, nothing is stored. */
export function previewTrigger(ports: OperationsPorts): Operations['previewTrigger'] {
  return async (name, { event }) => {
    const bundle = ports.bundles.active();
    const automation = requireAutomation(bundle, name);
    const state = await ports.database.getAutomationState(name);
    return ports.previewPrompt({ bundle, automation, event: manualEvent(event), state, now: ports.clock.now() });
  };
}
