import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { createGit } from '../bundle/index.ts';
import type { Bundle } from '../domain/bundle.ts';
import { formatDiagnostic, hasErrors } from '../domain/diagnostic.ts';
import { AmodalError } from '../domain/error.ts';
import type { Bundles } from '../domain/ports/bundles.ts';
import type { Logger } from '../domain/ports/logger.ts';
import { loadSdk } from '../models/index.ts';
import type { Operations } from '../operations/index.ts';
import { isLoopback } from '../server/loopback.ts';
import { createLiveBundles } from './bundles.ts';
import type { AutomationResultHandler } from './callbacks.ts';
import { systemClock } from './clock.ts';
import { compose } from './compose.ts';
import { DEFAULT_HOST, type RuntimeConfig, requireSqlite, stateDirOf } from './config.ts';
import { faultsFromEnv } from './faults.ts';
import { holdState } from './hold-state.ts';
import { loadDir } from './load.ts';
import { openDoors } from './open-doors.ts';
import { openState } from './open-state.ts';
import { recordBundle } from './record-bundle.ts';
import { refuseOpenHooks } from './refuse-open-hooks.ts';
import { createRegistries } from './registries.ts';
import { startReloading } from './reload.ts';
import { startServices } from './services.ts';

export interface RuntimeOptions {
  readonly dir: string;
  readonly mode: 'dev' | 'start';
  readonly host?: string;
  readonly port?: number;
  readonly token?: string;
  readonly allowBroken?: boolean;
  readonly allowUnauthenticatedWebhooks?: boolean;
  readonly drainSeconds?: number;
  readonly callbacks?: AutomationResultHandler | Readonly<Record<string, AutomationResultHandler>>;
  readonly config: RuntimeConfig;
  readonly logger: Logger;
  /** Where `log` targets write; the logger when left out. */
  readonly log?: Pick<Logger, 'info'>;
}

/** A bundle that runs in this process. */
export interface Runtime {
  /** Where webhooks and the HTTP API listen. */
  readonly url: string;
  /** Admin token of the HTTP API. */
  readonly token: string;
  readonly operations: Operations;
  readonly bundles: Bundles;
  /** Tells about each run that ends in this process until the returned function is called. */
  onRunEnd(listener: (run: string) => void): () => void;
  /** Takes nothing new, finishes or hands back what runs, lets go of the state. */
  stop(): Promise<void>;
}

/**
 * Loads the folder, takes its state, starts the services and listens. Throws `AmodalError` when the bundle is broken
 * (`start` without `allowBroken`), the state is held or unreadable, or the port is in use; nothing is left behind then.
 */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const undo: (() => unknown)[] = [];
  const unwind = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await start(options, undo, unwind);
  } catch (error) {
    await unwind();
    throw error;
  }
}

/** Each step that must be undone at the end, or when a later one fails, adds itself to `undo`. */
async function start(options: RuntimeOptions, undo: (() => unknown)[], stop: () => Promise<void>): Promise<Runtime> {
  const { config, logger } = options;
  requireSqlite(config);
  const dir = resolve(options.dir);
  const stateDir = stateDirOf(dir);
  const registries = createRegistries({ logger, log: options.log, callbacks: options.callbacks });
  const loaded = await loadDir({ dir, config, registries });
  refuseBroken(options, loaded.bundle);
  const host = options.host ?? loaded.bundle.settings.server.host ?? DEFAULT_HOST;
  const refusesUnauthenticated = !isLoopback(host) && options.allowUnauthenticatedWebhooks !== true;
  if (refusesUnauthenticated) refuseOpenHooks(loaded.bundle, host);
  const clock = systemClock;
  const faults = faultsFromEnv(config.env);
  const held = await holdState({ stateDir }, clock);
  undo.push(held.release);
  const state = await openState({ stateDir, faults, config });
  undo.push(state.close);
  const bundles = createLiveBundles(loaded.bundle);
  const place: { url?: string; isReady?: boolean } = {};
  const publicUrl = () => bundles.active().settings.server.publicUrl ?? place.url ?? '';
  const ownUrl = () => place.url ?? '';
  const isLive = () => place.isReady === true;
  const parts = {
    ...options,
    ...state,
    bundles,
    registries,
    clock,
    faults,
    publicUrl,
    ownUrl,
    isLive,
    refusesUnauthenticated,
  };
  const composition = await compose(parts);
  const records = { database: composition.database, git: createGit(), clock };
  await recordBundle(records, loaded.bundle, { type: options.mode });
  const token = options.token ?? config.token;
  const adminToken = token ?? randomBytes(24).toString('base64url');
  const doors = await openDoors(composition, { ...parts, token, adminToken });
  place.url = doors.url;
  undo.push(doors.close);
  const services = await startServices(composition, { clock, logger });
  undo.push(services.stop);
  if (options.mode === 'dev')
    undo.push(await startReloading({ ...records, dir, config, registries, loaded, bundles, faults, logger }));
  held.announce({ url: doors.url, token: adminToken });
  place.isReady = true;
  undo.push(() => {
    place.isReady = false;
  });
  const loading = loadSdk(loaded.bundle);
  undo.push(() => loading);
  const { operations, watch } = composition;
  const onRunEnd: Runtime['onRunEnd'] = (listener) =>
    watch.onAny((change) => {
      if (change.type === 'ended') listener(change.run);
    });
  return { url: doors.url, token: adminToken, operations, bundles, onRunEnd, stop };
}

function refuseBroken({ mode, allowBroken }: RuntimeOptions, { diagnostics }: Bundle): void {
  if (mode === 'dev' || allowBroken || !hasErrors(diagnostics)) return;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  throw new AmodalError(
    'bundle_broken',
    `the bundle has ${errors.length} error${errors.length === 1 ? '' : 's'}, so it does not start:\n${errors.map((one) => `  ${formatDiagnostic(one)}`).join('\n')}\nRepair them, or start with --allow-broken to run the other files.`,
  );
}
