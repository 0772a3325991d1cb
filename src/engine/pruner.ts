import type { Bundles } from '../domain/ports/bundles.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { Retained } from '../domain/ports/retained.ts';
import { DEFAULT_RETENTION, keptSince, type Retention } from '../domain/retention.ts';
import { breathe } from './service.ts';

const SWEEP_MS = 3_600_000;

/** Steps before others have the process for themselves for a while. */
const STEPS_AT_ONCE = 20;

/** Each a few milliseconds of work, and little enough for one checkpoint of the log. */
const RUNS_A_STEP = 50;
const RECORDS_A_STEP = 200;
const PAGES_A_STEP = 100;

export interface PrunerPorts {
  readonly database: Retained;
  readonly clock: Clock;
  readonly bundles: Bundles;
  readonly logger: Logger;
}

/**
 * Removes what the bundle's `retention` lets go, once an hour, a few small steps with each call. True while there is
 * more to do at once.
 */
export function createPruner(ports: PrunerPorts): () => Promise<boolean> {
  const { clock, bundles, logger } = ports;
  const begun = { wall: clock.now(), monotonic: clock.monotonic() };
  let sweep: AsyncGenerator<void, void> | undefined;
  let sweepAt = Number.NEGATIVE_INFINITY;

  /** A wall clock that is set ahead while we run must not make history old. */
  const surelyPast = () => Math.min(clock.now(), begun.wall + clock.monotonic() - begun.monotonic);

  const begin = () => {
    sweepAt = clock.monotonic() + SWEEP_MS;
    return pruneAll(ports, bundles.active().settings.retention ?? DEFAULT_RETENTION, surelyPast());
  };

  return async () => {
    if (!sweep && clock.monotonic() < sweepAt) return false;
    sweep ??= begin();
    try {
      const hasMore = await takeSteps(sweep);
      if (!hasMore) sweep = undefined;
      return hasMore;
    } catch (error) {
      sweep = undefined;
      logger.warn('old history could not be removed', { error: String(error) });
      return false;
    }
  };
}

async function takeSteps(sweep: AsyncGenerator<void, void>): Promise<boolean> {
  for (let step = 0; step < STEPS_AT_ONCE; step += 1) {
    const { done } = await sweep.next();
    if (done) return false;
    await breathe();
  }
  return true;
}

/** One sweep; each `yield` stands after one small transaction. */
async function* pruneAll(ports: PrunerPorts, retention: Retention, past: number): AsyncGenerator<void, void> {
  const { database, logger } = ports;
  const runs = yield* pruneRuns(ports, keptSince(retention.runsDays, past));
  const records = yield* pruneAudit(ports, keptSince(retention.auditDays, past));
  let pages = 0;
  for (;;) {
    const freed = await database.shrinkFile(PAGES_A_STEP);
    if (freed === 0) break;
    pages += freed;
    yield;
  }
  if (runs + records + pages > 0) logger.info('old history was removed', { runs, auditRecords: records, pages });
}

async function* pruneRuns({ database, clock }: PrunerPorts, before?: number): AsyncGenerator<void, number> {
  if (before === undefined) return 0;
  let runs = 0;
  for (let step = await database.pruneRuns({ before, limit: RUNS_A_STEP }, clock.now()); ; ) {
    runs += step.runs;
    if (!step.next) return runs;
    yield;
    step = await database.pruneRuns({ before, limit: RUNS_A_STEP, after: step.next }, clock.now());
  }
}

async function* pruneAudit({ database, clock }: PrunerPorts, before?: number): AsyncGenerator<void, number> {
  if (before === undefined) return 0;
  for (let records = 0; ; ) {
    const removed = await database.pruneAudit({ before, limit: RECORDS_A_STEP }, clock.now());
    records += removed;
    if (removed < RECORDS_A_STEP) return records;
    yield;
  }
}
