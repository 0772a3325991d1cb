import { resolve } from 'node:path';
import { createGit } from '../bundle/index.ts';
import type { ReplayMode } from '../domain/run.ts';
import type { Operations, TriggerResult } from '../operations/operations.ts';
import type { RunDetail, RunEventView } from '../operations/views.ts';
import { createLiveBundles } from './bundles.ts';
import { systemClock } from './clock.ts';
import { type Composition, compose } from './compose.ts';
import { readConfig, requireSqlite, stateDirOf } from './config.ts';
import { faultsFromEnv } from './faults.ts';
import { holdState } from './hold-state.ts';
import { loadDir } from './load.ts';
import { createLogger } from './logger.ts';
import { plannedUrl } from './open-local.ts';
import { openState } from './open-state.ts';
import { recordBundle } from './record-bundle.ts';
import { createRegistries } from './registries.ts';

/** Another short command may hold the state this long before ours gives up (SPEC §9). */
const PATIENCE_MS = 5000;

const PAGE = 1000;

export interface RunInPlace {
  readonly dir: string;
  readonly request:
    | { readonly kind: 'trigger'; readonly name: string; readonly event?: string }
    | { readonly kind: 'replay'; readonly run: string; readonly mode: ReplayMode };
  /** Asks the run to stop. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEventView) => void;
  /** What `log` targets deliver. */
  readonly onLog: (text: string) => void;
}

/**
 * Runs one automation in this process with no server: takes the state, runs that run to its end and makes the first
 * attempt of its deliveries and alerts; everything else stays for the next runtime.
 */
export async function runInPlace(options: RunInPlace): Promise<RunDetail> {
  const config = readConfig();
  requireSqlite(config);
  const dir = resolve(options.dir);
  const stateDir = stateDirOf(dir);
  const logger = createLogger(config.logLevel === 'info' ? 'error' : config.logLevel);
  const registries = createRegistries({ logger, log: { info: options.onLog } });
  const { bundle } = await loadDir({ dir, config, registries });
  const faults = faultsFromEnv(config.env);
  const held = await holdState({ stateDir, patienceMs: PATIENCE_MS }, systemClock);
  try {
    const state = await openState({ stateDir, faults, config });
    const bundles = createLiveBundles(bundle);
    const publicUrl = () => plannedUrl(bundles);
    const parts = { ...state, bundles, registries, config, clock: systemClock, faults, logger, publicUrl };
    const composition = await compose(parts);
    try {
      await recordBundle({ ...state, git: createGit(), clock: systemClock }, bundle, { type: 'command' });
      return await runOne(composition, options);
    } finally {
      await state.close();
    }
  } finally {
    held.release();
  }
}

async function runOne(composition: Composition, { request, signal, onEvent }: RunInPlace): Promise<RunDetail> {
  const { operations, worker, courier } = composition;
  const { run, status } = await enqueue(operations, request);
  if (status !== 'queued') return operations.showRun(run);
  const cancel = () => void operations.cancelRun(run, 'cli');
  signal.addEventListener('abort', cancel, { once: true });
  let told = -1;
  const tell = (event: RunEventView) => {
    told = event.id;
    onEvent(event);
  };
  const over = new AbortController();
  const following = follow(operations, { run, signal: over.signal }, tell);
  const settlement = await worker.runOne(run);
  // Without an end there is nothing to wait for: somebody else has the run.
  if (!settlement?.terminal) over.abort();
  await following;
  signal.removeEventListener('abort', cancel);
  await courier.deliverRun(run);
  for (const event of await operations.runEvents(run, { after: told, limit: PAGE })) tell(event);
  return operations.showRun(run);
}

function enqueue(operations: Operations, request: RunInPlace['request']): Promise<TriggerResult> {
  switch (request.kind) {
    case 'trigger':
      return operations.triggerAutomation(request.name, { event: request.event, by: 'cli' });
    case 'replay':
      return operations.replayRun(request.run, { mode: request.mode, by: 'cli' });
  }
}

async function follow(
  operations: Operations,
  { run, signal }: { readonly run: string; readonly signal: AbortSignal },
  tell: (event: RunEventView) => void,
): Promise<void> {
  for await (const event of operations.followRun(run, { signal })) tell(event);
}
