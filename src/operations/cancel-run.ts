import { requireRun } from './find-run.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';

/** Asks a run to stop: a queued one is cancelled at once, a running one as soon as its worker hears of it. */
export function cancelRun(ports: OperationsPorts): Operations['cancelRun'] {
  return async (id, by) => {
    await requireRun(ports.database, id);
    const status = await ports.database.requestCancel(id, by, ports.clock.now());
    ports.onChanged();
    return { id, status: status === 'unknown' ? 'ended' : status };
  };
}
