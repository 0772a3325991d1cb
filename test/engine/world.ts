import { openDatabase } from '../../src/db/index.ts';
import { type Automation, DEFAULT_LIMITS, DEFAULT_RETRY, type Target } from '../../src/domain/automation.ts';
import { type Bundle, DEFAULT_CONCURRENCY, DEFAULT_QUEUE } from '../../src/domain/bundle.ts';
import type { Delivery, DeliveryResult } from '../../src/domain/delivery.ts';
import type { Database } from '../../src/domain/ports/database.ts';
import type { DeliveryType } from '../../src/domain/ports/delivery-type.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import type { Logger } from '../../src/domain/ports/logger.ts';
import type { NewRun } from '../../src/domain/ports/run-queue.ts';
import type { RunSession, SessionRequest, SessionResult } from '../../src/domain/ports/session.ts';
import type { Outcome, Run } from '../../src/domain/run.ts';
import { firesBetween } from '../../src/domain/schedule.ts';
import { createCourier, createReaper, createScheduler, createWorker } from '../../src/engine/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { madeBundles } from '../support/made-bundle.ts';
import { tempDir } from '../support/temp-dir.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Monday, 09:00 UTC. */
export const START = Date.UTC(2026, 0, 5, 9);

export const INBOX: Target = { type: 'memory', options: { name: 'inbox' } };
export const PAGER: Target = { type: 'memory', options: { name: 'pager' } };

export const ALERT = { after: 1, cooldownMinutes: 60, targets: [PAGER], include: [], recovery: true } as const;

export function automation(name: string, changes: Partial<Automation> = {}): Automation {
  const schedule = changes.schedule;
  return {
    name,
    title: name,
    prompt: 'Look around.',
    file: `automations/${name}.json`,
    fileHash: `file-${name}`,
    scheduleHash: schedule ? `${schedule.expression} ${schedule.timezone}` : 'none',
    format: 'json',
    trigger: schedule ? 'cron' : 'manual',
    missed: { policy: 'latest' },
    maxParallel: 5,
    webhook: { allowCIDRs: [], respond: 'accept', maxBodyBytes: 1_048_576 },
    limits: DEFAULT_LIMITS,
    budget: {},
    retry: DEFAULT_RETRY,
    writeEnabled: false,
    writes: {},
    delivery: { targets: [], when: 'always' },
    mode: 'workflow',
    enabled: true,
    tags: [],
    ...changes,
  };
}

export function cron(name: string, expression: string, changes: Partial<Automation> = {}): Automation {
  return automation(name, { schedule: { expression, timezone: 'UTC' }, ...changes });
}

let loaded = 0;
let ids = 0;

export function bundleOf(automations: readonly Automation[], changes: Partial<Bundle> = {}): Bundle {
  loaded += 1;
  return {
    dir: '/bundle',
    root: '/bundle',
    hash: `bundle-${loaded}`,
    settings: {
      name: 'test',
      version: '1',
      timezone: 'UTC',
      models: {},
      concurrency: DEFAULT_CONCURRENCY,
      queue: DEFAULT_QUEUE,
      server: { trustedProxies: [] },
    },
    automations: new Map(automations.map((one) => [one.name, one])),
    broken: new Map(),
    connections: new Map(),
    stores: new Map(),
    knowledge: [],
    skills: new Map(),
    agents: new Map(),
    customTools: new Map(),
    scripts: new Map(),
    diagnostics: [],
    secrets: { resolve: (reference) => reference, redact: (text) => text, leaks: () => [], variable: () => undefined },
    ...changes,
  };
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export function memoryLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    lines.push({ level, message, fields });
  };
  return { lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

export const FIGURES = {
  usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
  costUsd: 0.01,
  steps: 1,
  toolCalls: 0,
  refusals: 0,
  writesSent: 0,
};

export const SUCCESS: Outcome = { type: 'succeeded', result: 'All is well.' };
export const OVERLOADED: Outcome = {
  type: 'failed',
  reason: 'model_error',
  error: 'the provider answered 529',
  httpStatus: 529,
  retryable: true,
};
export const REFUSED: Outcome = { type: 'failed', reason: 'model_refusal', error: 'it said no', retryable: false };

/** Sessions whose ends the test decides: in advance by `next`, or while they run by `open`. */
export function sessions() {
  const begun: SessionRequest[] = [];
  const outcomes: (Outcome | SessionResult | Promise<Outcome> | Error)[] = [];
  let fallback: Outcome = SUCCESS;
  const run: RunSession = async (request) => {
    begun.push(request);
    const end = await (outcomes.shift() ?? fallback);
    if (end instanceof Error) throw end;
    return 'outcome' in end ? end : { outcome: end, figures: FIGURES };
  };
  return {
    run,
    begun,
    next: (...ends: (Outcome | SessionResult | Promise<Outcome> | Error)[]) => outcomes.push(...ends),
    always: (outcome: Outcome) => {
      fallback = outcome;
    },
    /** The next session runs until `end` is called, or until it is told to stop. */
    open: () => {
      let end: (outcome: Outcome) => void = () => {};
      outcomes.push(
        new Promise<Outcome>((resolve) => {
          end = resolve;
        }),
      );
      return { end: (outcome: Outcome) => end(outcome) };
    },
  };
}

/** A target type that keeps what it gets; `answers` are used up in order, then everything is taken. */
export function memoryTarget() {
  const sent: Delivery[] = [];
  const answers: (DeliveryResult | Promise<DeliveryResult> | Error)[] = [];
  const type: DeliveryType = {
    type: 'memory',
    check: () => [],
    send: async (delivery) => {
      sent.push(delivery);
      const answer = await answers.shift();
      if (answer instanceof Error) throw answer;
      return answer ?? { ok: true, httpStatus: 200 };
    },
  };
  return { type, sent, answers };
}

export interface World {
  readonly stateDir: string;
  readonly clock: FakeClock;
  readonly database: Database;
  readonly bundles: ReturnType<typeof madeBundles>;
  readonly logger: ReturnType<typeof memoryLogger>;
  readonly sessions: ReturnType<typeof sessions>;
  readonly target: ReturnType<typeof memoryTarget>;
}

export async function world(automations: readonly Automation[], changes: Partial<Bundle> = {}): Promise<World> {
  const stateDir = tempDir();
  return {
    stateDir,
    clock: new FakeClock(START),
    database: await openDatabase({ stateDir, faults: NO_FAULTS, newId }),
    bundles: madeBundles(bundleOf(automations, changes)),
    logger: memoryLogger(),
    sessions: sessions(),
    target: memoryTarget(),
  };
}

export function newId(prefix: string): string {
  ids += 1;
  return `${prefix}_${ids.toString().padStart(12, '0')}`;
}

function portsOf(world: World) {
  return { ...world, newId, faults: NO_FAULTS };
}

export function schedulerOf(world: World, onFired?: () => void) {
  return createScheduler({ ...portsOf(world), onFired });
}

export function workerOf(world: World, options: { readonly owner?: string; readonly drainSeconds?: number } = {}) {
  return createWorker({
    ...portsOf(world),
    owner: 'this',
    ...options,
    runSession: world.sessions.run,
    templates: { render: (text) => ({ ok: true, text }), check: () => undefined },
    git: { describe: async () => ({ commit: 'c0ffee', dirty: true }) },
  });
}

export function courierOf(world: World) {
  return createCourier({ ...portsOf(world), deliveryTypes: [world.target.type] });
}

export function reaperOf(world: World, owner = 'this') {
  return createReaper({ ...portsOf(world), owner });
}

export async function enqueue(world: World, name: string, changes: Partial<NewRun> = {}): Promise<string> {
  const run: NewRun = {
    id: newId('run'),
    automation: name,
    trigger: 'manual',
    requestedBy: 'cli',
    maxActive: 5,
    overlap: 'parallel',
    ...changes,
  };
  const result = await world.database.enqueueRun(run, {}, world.clock.now());
  if (result.type === 'full') throw new Error('the queue is full');
  return result.run;
}

/** Lets everything happen that needs no time to pass. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 5000; turn += 1) {
    if (await isTrue()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it did not come to pass');
}

/** Ticks the worker until nothing is under way. */
export async function work(worker: ReturnType<typeof workerOf>): Promise<void> {
  await worker.tick();
  await until(() => worker.active() === 0);
}

export async function runOf(world: World, id: string): Promise<Run> {
  const run = await world.database.getRun(id);
  if (!run) throw new Error(`no run ${id}`);
  return run;
}

/** Rows of a schedule in instant order, as `verdict@minutes`. */
export async function occurrences(world: World, name: string): Promise<readonly Run[]> {
  return world.database.listOccurrences(name, 0, Number.MAX_SAFE_INTEGER);
}

/** Throws unless each instant of the schedule in `(from, firedThrough]` is accounted for exactly once. */
export async function proveLedger(world: World, one: Automation, from: number): Promise<number> {
  const { firedThrough } = await world.database.getAutomationState(one.name);
  if (!one.schedule) throw new Error('no schedule');
  const expected = [...firesBetween(one.schedule, { from, to: firedThrough ?? from })];
  const rows = await occurrences(world, one.name);
  const accounted = rows.flatMap((row) => {
    if (row.instant === undefined || !one.schedule) return [];
    const span = { from: row.instant - 1, to: row.instantTo ?? row.instant };
    const within = [...firesBetween(one.schedule, span)];
    if (within.length !== row.instantCount)
      throw new Error(`${row.id} counts ${row.instantCount}, holds ${within.length}`);
    return within;
  });
  if (JSON.stringify(accounted) !== JSON.stringify(expected)) {
    throw new Error(`${one.name}: expected ${expected.length} instants, ${accounted.length} are accounted for`);
  }
  return expected.length;
}
