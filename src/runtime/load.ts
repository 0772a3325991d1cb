import type { LoadedBundle } from '../bundle/index.ts';
import { loadBundle } from '../bundle/index.ts';
import { systemClock } from './clock.ts';
import type { RuntimeConfig } from './config.ts';
import { createRegistries, type Registries } from './registries.ts';
import { silentLogger } from './silent-logger.ts';

export interface LoadOptions {
  readonly dir: string;
  readonly config: RuntimeConfig;
  /** Left out by commands that only look. */
  readonly registries?: Registries;
  /** What was loaded before: unchanged files are taken from it. */
  readonly previous?: LoadedBundle;
}

/** Reads the folder once, with everything that this runtime knows of senders and targets. */
export function loadDir({ dir, config, registries, previous }: LoadOptions): Promise<LoadedBundle> {
  const known = registries ?? createRegistries({ logger: silentLogger });
  return loadBundle({ dir, env: config.env, registries: known, previous, clock: systemClock });
}
