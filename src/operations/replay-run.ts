import { AmodalError } from '../domain/error.ts';
import { OVERLAP_OF_REHEARSAL, overlapOf } from '../domain/overlap.ts';
import { readRecord } from '../domain/read-record.ts';
import { isUnrecorded, recordedTraffic } from '../domain/replay.ts';
import { isRehearsal, isTerminal, type ReplayMode, type Run } from '../domain/run.ts';
import { requireAutomation } from './find-automation.ts';
import { requireRun } from './find-run.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';
import { queueLimits } from './queue-limits.ts';
import { refuseFullQueue } from './refuse-full-queue.ts';

/** Repeats an old run: a new run that names it, with the prompt and the event as they were. */
export function replayRun(ports: OperationsPorts): Operations['replayRun'] {
  return async (id, { mode = 'live', by }) => {
    const { database, clock } = ports;
    const old = await requireRun(database, id);
    await requireReplayable(ports, old, mode);
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
        replayMode: mode,
        audit: { action: 'run.replayed', actor: by, automation: automation.name, details: { replayOf: id, mode } },
        ...(isRehearsal({ replayMode: mode }) ? OVERLAP_OF_REHEARSAL : overlapOf(automation, 'replay')),
      },
      queueLimits(bundle.settings),
      now,
    );
    if (enqueued.type === 'full') return refuseFullQueue(enqueued.queued);
    const { run, type: status } = enqueued;
    if (status === 'queued') ports.onEnqueued();
    return { run, automation: automation.name, status };
  };
}

/** What only shows is compared with the old run, so that one must be over; offline needs its traffic as well. */
async function requireReplayable({ database }: OperationsPorts, old: Run, mode: ReplayMode): Promise<void> {
  if (mode === 'live') return;
  if (!isTerminal(old.status)) {
    throw new AmodalError('conflict', `Run ${old.id} is ${old.status}: it can be replayed ${mode} once it has ended.`);
  }
  if (mode !== 'offline') return;
  const entries = await readRecord(database, old.id);
  if (isUnrecorded(entries)) {
    throw new AmodalError(
      'conflict',
      `The traffic of run ${old.id} was not recorded ("recordTraffic": false): replay it with --safe instead.`,
    );
  }
  if (recordedTraffic(entries).turns.length > 0) return;
  throw new AmodalError(
    'conflict',
    `Run ${old.id} got no answer from its model, so there is nothing to replay offline.`,
  );
}
