import type { AlertIntent } from '../domain/alert.ts';
import { alertDeliveries } from '../domain/alert-payload.ts';
import { AmodalError } from '../domain/error.ts';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Database } from '../domain/ports/database.ts';
import type { NewId } from '../domain/ports/ids.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { ClaimedRun } from '../domain/ports/run-queue.ts';
import { DEFAULT_REJECTION_BOUNDS } from '../domain/rejection.ts';
import type { Run } from '../domain/run.ts';
import type { Settlement } from '../domain/settle.ts';
import { withoutSecrets } from '../domain/without-secrets.ts';
import { createPruner } from './pruner.ts';
import type { Service } from './service.ts';
import { settlePolicyOf } from './settle-policy.ts';

/** How often lost leases are looked for: no run stays running for more than a minute after its lease. */
const LOOK_MS = 15_000;

/** How often files and inbound dead letters that have expired are removed, beginning at start. */
const SWEEP_MS = 3_600_000;

/** The pause between two portions of old history, while there is more of it. */
const PRUNE_MS = 1_000;

/** A run of ours whose lease seems over is given time for a heartbeat: the wall clock may have been set ahead. */
const PATIENCE_MS = 25_000;

export interface ReaperPorts {
  readonly database: Database;
  readonly clock: Clock;
  readonly bundles: Bundles;
  readonly newId: NewId;
  readonly logger: Logger;
  /** The worker's owner name: at start everything that runs under another one is a dead predecessor's. */
  readonly owner: string;
  /** Told after a run was taken back, e.g. to wake worker and courier. */
  readonly onReclaimed?: () => void;
}

/**
 * Takes runs away from workers that died. The first tick reclaims everything that is not ours, without waiting for
 * leases: whoever starts holds the state alone. Later ticks look for leases that ran out.
 */
export function createReaper(ports: ReaperPorts): Service {
  const { database, clock, owner } = ports;
  const prune = createPruner(ports);
  let isFirst = true;
  const suspects = new Map<string, number>();
  let sweepAt = Number.NEGATIVE_INFINITY;

  /** False for a run of this process until it has been without a lease for longer than a live worker leaves it. */
  const isDead = ({ run }: ClaimedRun): boolean => {
    if (run.leaseOwner !== owner) return true;
    const since = suspects.get(attemptOf(run)) ?? clock.monotonic();
    suspects.set(attemptOf(run), since);
    return clock.monotonic() - since >= PATIENCE_MS;
  };

  return {
    name: 'reaper',
    tick: async () => {
      const now = clock.now();
      if (clock.monotonic() >= sweepAt) {
        sweepAt = clock.monotonic() + SWEEP_MS;
        await sweep(ports);
      }
      const lost = await database.listLostRuns(isFirst ? { notOwner: owner } : {}, now);
      const seen = new Set(lost.map(({ run }) => attemptOf(run)));
      for (const suspect of suspects.keys()) if (!seen.has(suspect)) suspects.delete(suspect);
      const dead = lost.filter(isDead);
      const failed = (await Promise.all(dead.map((one) => reclaim(ports, one)))).filter((ok) => !ok);
      if (failed.length > 0)
        throw new AmodalError('internal', `${failed.length} lost runs could not be taken back yet.`);
      // Whoever starts waits for the first tick: history has time.
      const hasMore = !isFirst && (await prune());
      isFirst = false;
      return { nextAt: clock.now() + (hasMore ? PRUNE_MS : LOOK_MS) };
    },
  };
}

/** What could not be removed now is removed another time. */
async function sweep({ database, clock, logger }: ReaperPorts): Promise<void> {
  try {
    const removed = await database.removeExpired(clock.now());
    if (removed > 0) logger.info('expired files were removed', { files: removed });
    const rejections = await database.pruneRejections(DEFAULT_REJECTION_BOUNDS, clock.now());
    if (rejections > 0) logger.info('old inbound dead letters were removed', { rejections });
  } catch (error) {
    logger.warn('what has expired could not be removed', { error: String(error) });
  }
}

function attemptOf({ id, fence }: Run): string {
  return `${id} ${fence}`;
}

/** False when it has to be tried again; one such run does not keep the others waiting. */
async function reclaim(ports: ReaperPorts, claimed: ClaimedRun): Promise<boolean> {
  try {
    await takeBack(ports, claimed);
    return true;
  } catch (error) {
    ports.logger.error('a lost run could not be taken back', { run: claimed.run.id, error: String(error) });
    return false;
  }
}

async function takeBack(ports: ReaperPorts, { run, event }: ClaimedRun): Promise<void> {
  const { database, clock, bundles, newId, logger } = ports;
  const bundle = bundles.active();
  const automation = bundle.automations.get(run.automation);
  const now = clock.now();
  const payloads = { newId, redact: (text: string) => withoutSecrets(bundle.secrets, text) };
  const alerts = (intent: AlertIntent, settlement: Settlement) =>
    automation ? alertDeliveries({ automation, run: run.id, event, now }, intent, { settlement, ports: payloads }) : [];
  const policy = settlePolicyOf(automation);
  const settlement = await database.reclaimRun({ run: run.id, fence: run.fence, policy, alerts }, now);
  if (!settlement) return;
  logger.warn('a run was taken back from a worker that is gone', { run: run.id, status: settlement.status });
  ports.onReclaimed?.();
}
