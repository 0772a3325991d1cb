import type { Diagnostic } from '../domain/diagnostic.ts';
import { checkPrices } from './check-prices.ts';
import { systemClock } from './clock.ts';
import { readConfig } from './config.ts';
import { loadDir } from './load.ts';
import { createRegistries } from './registries.ts';
import { silentLogger } from './silent-logger.ts';

export interface ValidateOptions {
  readonly dir: string;
  /** Ask the connections' upstreams as well. */
  readonly online?: boolean;
}

/** What `amodal validate` says: every diagnostic of the folder, errors first in each file's order, and what was read. */
export async function validate({ dir, online }: ValidateOptions): Promise<{
  readonly diagnostics: readonly Diagnostic[];
  readonly files: string;
}> {
  const registries = createRegistries({ logger: silentLogger });
  const { bundle, diagnostics: found } = await loadDir({ dir, config: readConfig(), registries });
  const asked = online ? await (await import('./check-online.ts')).checkOnline(bundle, registries) : [];
  await registries.http.close();
  const diagnostics = [...found, ...(await checkPrices(bundle, systemClock.now())), ...asked];
  const automations = bundle.automations.size + bundle.broken.size;
  const parts = [
    `${automations} automations`,
    `${bundle.connections.size} connections`,
    `${bundle.stores.size} stores`,
  ];
  return { diagnostics, files: parts.join(', ') };
}
