import { type LoadedBundle, watchBundle } from '../bundle/index.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Faults } from '../domain/ports/faults.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { LiveBundles } from './bundles.ts';
import type { RuntimeConfig } from './config.ts';
import { type RecordBundlePorts, recordBundle } from './record-bundle.ts';
import type { Registries } from './registries.ts';

export interface ReloadOptions extends RecordBundlePorts {
  readonly dir: string;
  readonly config: RuntimeConfig;
  readonly registries: Registries;
  /** What was loaded at start. */
  readonly loaded: LoadedBundle;
  readonly bundles: LiveBundles;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly logger: Logger;
}

/** Puts each change of the folder in force, whole and once it stands still; gives the function that stops watching. */
export async function startReloading(options: ReloadOptions): Promise<() => Promise<void>> {
  const { dir, config, registries, loaded, bundles, clock, faults, logger } = options;
  const watch = await watchBundle({
    dir,
    env: config.env,
    registries,
    first: loaded,
    clock,
    onLoad: async ({ bundle }) => {
      await recordBundle(options, bundle, { type: 'reload', previous: bundles.active() });
      faults('reload');
      bundles.put(bundle);
    },
    onError: (error) => logger.warn('the bundle could not be read again', { error: String(error) }),
  });
  return () => watch.close();
}
