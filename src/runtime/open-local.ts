import type { Bundles } from '../domain/ports/bundles.ts';
import { createOperations, createWebhookTally, watchRuns } from '../operations/index.ts';
import { createLiveBundles } from './bundles.ts';
import { systemClock } from './clock.ts';
import { DEFAULT_HOST, DEFAULT_PORT, type RuntimeConfig } from './config.ts';
import type { ConnectedOperations } from './connected-operations.ts';
import { faultsFromEnv } from './faults.ts';
import { newAccessKey, newId } from './ids.ts';
import { loadDir } from './load.ts';
import { openState } from './open-state.ts';
import { createRegistries } from './registries.ts';
import { sendToSelf } from './send-to-self.ts';
import { silentLogger } from './silent-logger.ts';

export interface LocalOptions {
  readonly dir: string;
  readonly stateDir: string;
  readonly config: RuntimeConfig;
}

/** The operations straight on the local state, for commands that look or flip a switch; nothing runs here. */
export async function openLocal({ dir, stateDir, config }: LocalOptions): Promise<ConnectedOperations> {
  const registries = createRegistries({ logger: silentLogger });
  const { bundle } = await loadDir({ dir, config, registries });
  const faults = faultsFromEnv(config.env);
  const state = await openState({ stateDir, faults, config });
  const bundles = createLiveBundles(bundle);
  const { database, watch } = watchRuns(state.database);
  const operations = createOperations({
    database,
    bundles,
    clock: systemClock,
    newId,
    newAccessKey,
    watch,
    instanceSecret: state.instanceSecret,
    publicUrl: () => plannedUrl(bundles),
    ownUrl: () => plannedAddress(bundles),
    previewPrompt: async (request) => {
      const { createSessions } = await import('./session.ts');
      const parts = { database, registries, clock: systemClock, faults, logger: silentLogger };
      return (await createSessions(parts)).previewPrompt(request);
    },
    onEnqueued: () => {},
    onChanged: () => {},
    isLive: () => true,
    presets: registries.presets,
    logger: silentLogger,
    tally: createWebhookTally(systemClock.now()),
    sendToSelf: sendToSelf(registries.http),
  });
  return { operations, mode: 'state', close: state.close };
}

/** Where the bundle's runtime will be reached once it runs. */
export function plannedUrl(bundles: Bundles): string {
  return bundles.active().settings.server.publicUrl ?? plannedAddress(bundles);
}

/** Where it will listen. */
function plannedAddress(bundles: Bundles): string {
  const { host, port } = bundles.active().settings.server;
  return `http://${host ?? DEFAULT_HOST}:${port ?? DEFAULT_PORT}`;
}
