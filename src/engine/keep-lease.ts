import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { StopReason } from '../domain/ports/session.ts';
import type { Run } from '../domain/run.ts';

/** How long a claimed run is its worker's without a word. */
export const DEFAULT_LEASE_MS = 60_000;

/** Three heartbeats fit into a lease. */
const HEARTBEAT_MS = 20_000;

/** How soon a cancelled run, or one that was taken away, is noticed. */
const LOOK_MS = 2000;

/**
 * Renews the lease of a run and watches for its cancellation until `signal` aborts. `stop` is called once, when the
 * session must end: somebody cancelled the run, or the lease is no longer ours.
 */
export async function keepLease(
  ports: { readonly database: Database; readonly clock: Clock; readonly logger: Logger },
  run: Pick<Run, 'id' | 'fence'>,
  options: { readonly signal: AbortSignal; readonly stop: (reason: StopReason) => void },
): Promise<void> {
  const { database, clock, logger } = ports;
  const { signal, stop } = options;
  let renewedAt = clock.monotonic();
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal);
    if (signal.aborted) return;
    try {
      const isTime = clock.monotonic() - renewedAt >= HEARTBEAT_MS;
      const lease = isTime ? await renew(database, run, clock.now()) : await look(database, run);
      if (signal.aborted) return;
      if (lease.held && isTime) renewedAt = clock.monotonic();
      if (!lease.held) return stop('lease_lost');
      if (lease.cancelRequested) return stop('cancelled');
    } catch (error) {
      logger.warn('a lease could not be looked after', { run: run.id, error: String(error) });
      // Without a word for that long another worker may have it.
      if (clock.monotonic() - renewedAt >= DEFAULT_LEASE_MS) return stop('lease_lost');
    }
  }
}

function renew(database: Database, { id, fence }: Pick<Run, 'id' | 'fence'>, now: number) {
  return database.heartbeatRun(id, fence, DEFAULT_LEASE_MS, now);
}

async function look(database: Database, { id, fence }: Pick<Run, 'id' | 'fence'>) {
  const current = await database.getRun(id);
  const held = current?.status === 'running' && current.fence === fence;
  return { held, cancelRequested: current?.cancelRequested === true };
}
