import { overlapOf } from '../domain/overlap.ts';
import { requireAutomation } from './find-automation.ts';
import { requireRun } from './find-run.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';
import { queueLimits } from './queue-limits.ts';
import { refuseFullQueue } from './refuse-full-queue.ts';

/** Runs an old run's event again, for real: a new run that names the old one, with the event as it came in. */
export function replayRun(ports: OperationsPorts): Operations['replayRun'] {
  return async (id, { by }) => {
    const { database, clock } = ports;
    const old = await requireRun(database, id);
    const bundle = ports.bundles.active();
    const automation = requireAutomation(bundle, old.automation);
    const now = clock.now();
    const enqueued = await database.enqueueRun(
      {
        id: ports.newId('run'),
        automation: automation.name,
        trigger: 'replay',
        event: await database.getRunEvent(id),
        requestedBy: by,
        replayOf: id,
        ...overlapOf(automation, 'replay'),
      },
      queueLimits(bundle.settings),
      now,
    );
    if (enqueued.type === 'full') return refuseFullQueue(enqueued.queued);
    const { run, type: status } = enqueued;
    await database.appendAudit(
      { action: 'run.replayed', actor: by, automation: automation.name, run, details: { replayOf: id, status } },
      now,
    );
    if (status === 'queued') ports.onEnqueued();
    return { run, automation: automation.name, status };
  };
}
