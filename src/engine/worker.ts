import { setMaxListeners } from 'node:events';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { Git } from '../domain/ports/git.ts';
import type { ClaimedRun } from '../domain/ports/run-queue.ts';
import type { RunId } from '../domain/run.ts';
import type { Settlement } from '../domain/settle.ts';
import { type AttemptPorts, attemptRun } from './attempt-run.ts';
import { DEFAULT_LEASE_MS } from './keep-lease.ts';
import { createProvenance } from './provenance.ts';
import type { Service, Tick } from './service.ts';
import { createUnderWay } from './under-way.ts';

/** How soon a waiting run that nobody tells of (retry back-off, another process) is found. */
const LOOK_MS = 1000;

const DEFAULT_DRAIN_SECONDS = 30;

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
  const { clock, drainSeconds = DEFAULT_DRAIN_SECONDS } = ports;
  const underWay = createUnderWay(clock);
  const drain = new AbortController();
  setMaxListeners(0, drain.signal);
  const attempt = createAttempts(ports, drain.signal);
  const claim = createClaims(ports);
  let isStopping = false;
  return {
    name: 'worker',
    active: () => underWay.size,
    wakeOn: underWay.wakeOn,
    tick: async () => {
      const { concurrency } = ports.bundles.active().settings;
      while (!isStopping && underWay.size < concurrency) {
        const claimed = await claim();
        if (!claimed) return lookAgain(ports);
        void underWay.track(attempt(claimed));
      }
      return {};
    },
    runOne: async (run) => {
      let settlement: Settlement | undefined;
      while (!isStopping && !settlement?.terminal) {
        const claimed = await claim(run);
        const next = claimed && (await underWay.track(attempt(claimed)));
        if (!next) return settlement;
        settlement = next;
        if (!next.terminal) await clock.sleep(Math.max(0, (next.availableAt ?? 0) - clock.now()), drain.signal);
      }
      return settlement;
    },
    stop: async () => {
      isStopping = true;
      await underWay.finishWithin(drainSeconds * 1000);
      drain.abort();
      await underWay.finishWithin(LET_GO_MS);
    },
  };
}

function createClaims({ database, clock, owner }: WorkerPorts) {
  return (run?: RunId): Promise<ClaimedRun | undefined> =>
    database.claimRun({ owner, leaseMs: DEFAULT_LEASE_MS, run }, clock.now());
}

/** Attempts never reject: what could not be finished is logged, and the reaper takes the run back. */
function createAttempts(ports: WorkerPorts, drain: AbortSignal) {
  const attempts = { ...ports, provenanceOf: createProvenance(ports.git) };
  return async (claimed: ClaimedRun): Promise<Settlement | undefined> => {
    try {
      return await attemptRun(attempts, claimed, { bundle: ports.bundles.active(), drain });
    } catch (error) {
      ports.logger.error('an attempt could not be finished', { run: claimed.run.id, error: String(error) });
      return undefined;
    } finally {
      ports.onSettled?.();
    }
  };
}

async function lookAgain({ database, clock }: WorkerPorts): Promise<Tick> {
  const { queued } = await database.countRuns();
  return queued > 0 ? { nextAt: clock.now() + LOOK_MS } : {};
}
