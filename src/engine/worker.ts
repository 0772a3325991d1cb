import { setMaxListeners } from 'node:events';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { ClaimedRun } from '../domain/ports/database.ts';
import type { Git } from '../domain/ports/git.ts';
import type { RunId } from '../domain/run.ts';
import type { Settlement } from '../domain/settle.ts';
import { type AttemptPorts, attemptRun } from './attempt-run.ts';
import { DEFAULT_LEASE_MS } from './keep-lease.ts';
import { createProvenance } from './provenance.ts';
import type { Service } from './service.ts';

/** How soon a waiting run that nobody tells of (retry back-off, another process) is found. */
const LOOK_MS = 1000;

export const DEFAULT_DRAIN_SECONDS = 30;

/** Sessions that were told to stop have this long to come back; then their leases run out. */
const LET_GO_MS = 5000;

export interface WorkerPorts extends Omit<AttemptPorts, 'provenanceOf'> {
  readonly bundles: Bundles;
  readonly git: Git;
  /** Names this process in leases; another one after each start. */
  readonly owner: string;
  readonly drainSeconds?: number;
  /** Told after each attempt, e.g. to wake the courier. */
  readonly onSettled?: () => void;
}

export interface Worker extends Service {
  wakeOn(poke: () => void): () => void;
  stop(): Promise<void>;
  /** Runs one queued run to its end in this process, retries included; undefined when it was not ours to run. */
  runOne(run: RunId): Promise<Settlement | undefined>;
  /** How many runs are under way here. */
  active(): number;
}

/** Claims queued runs, at most `limits.concurrency` at once, and carries each to its settlement. */
export function createWorker(ports: WorkerPorts): Worker {
  const { database, clock, bundles, owner, drainSeconds = DEFAULT_DRAIN_SECONDS } = ports;
  const attempts = { ...ports, provenanceOf: createProvenance(ports.git) };
  const underWay = new Set<Promise<unknown>>();
  const drain = new AbortController();
  setMaxListeners(0, drain.signal);
  const pokes = new Set<() => void>();
  let isStopping = false;

  const claim = (run?: RunId): Promise<ClaimedRun | undefined> =>
    database.claimRun({ owner, leaseMs: DEFAULT_LEASE_MS, run }, clock.now());

  const attempt = async (claimed: ClaimedRun): Promise<Settlement | undefined> => {
    try {
      return await attemptRun(attempts, claimed, { bundle: bundles.active(), drain: drain.signal });
    } catch (error) {
      // The row stays running; the reaper takes it back when the lease is over.
      ports.logger.error('an attempt could not be finished', { run: claimed.run.id, error: String(error) });
      return undefined;
    } finally {
      ports.onSettled?.();
    }
  };

  const track = <T>(work: Promise<T>): Promise<T> => {
    const tracked = work.finally(() => {
      underWay.delete(tracked);
      for (const poke of pokes) poke();
    });
    underWay.add(tracked);
    return tracked;
  };

  return {
    name: 'worker',
    active: () => underWay.size,
    tick: async () => {
      const { concurrency } = bundles.active().settings;
      while (!isStopping && underWay.size < concurrency) {
        const claimed = await claim();
        if (!claimed) {
          const { queued } = await database.countRuns();
          return queued > 0 ? { nextAt: clock.now() + LOOK_MS } : {};
        }
        void track(attempt(claimed));
      }
      return {};
    },
    wakeOn: (poke) => {
      pokes.add(poke);
      return () => pokes.delete(poke);
    },
    runOne: async (run) => {
      let settlement: Settlement | undefined;
      while (!isStopping) {
        const claimed = await claim(run);
        if (!claimed) return settlement;
        settlement = await track(attempt(claimed));
        if (!settlement || settlement.terminal) return settlement;
        await clock.sleep(Math.max(0, (settlement.availableAt ?? 0) - clock.now()), drain.signal);
      }
      return settlement;
    },
    stop: async () => {
      isStopping = true;
      await within(drainSeconds * 1000);
      drain.abort();
      await within(LET_GO_MS);
    },
  };

  /** Waits for all that is under way, at most that long. */
  async function within(ms: number): Promise<void> {
    const over = new AbortController();
    const all = Promise.all(underWay).finally(() => over.abort());
    if (underWay.size > 0) await Promise.race([all, clock.sleep(ms, over.signal)]);
    else await all;
  }
}
