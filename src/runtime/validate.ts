import type { Bundle } from '../domain/bundle.ts';
import type { Diagnostic } from '../domain/diagnostic.ts';
import { checkPrices } from './check-prices.ts';
import { systemClock } from './clock.ts';
import type { RightsComparison } from './compare-rights.ts';
import { type RuntimeConfig, readConfig } from './config.ts';
import { loadDir } from './load.ts';
import { createRegistries, type Registries } from './registries.ts';
import { silentLogger } from './silent-logger.ts';

export interface ValidateOptions {
  readonly dir: string;
  /** Ask the connections' upstreams as well. */
  readonly online?: boolean;
  /** A commit whose rights the folder's are compared with. */
  readonly against?: string;
}

/**
 * What `amodal validate` says: every diagnostic of the folder, errors first in each file's order, what was read,
 * and how rights changed if it is asked to compare.
 */
export async function validate({ dir, online, against }: ValidateOptions): Promise<{
  readonly diagnostics: readonly Diagnostic[];
  readonly files: string;
  readonly rights?: RightsComparison;
}> {
  const registries = createRegistries({ logger: silentLogger });
  const config = readConfig();
  const { bundle, diagnostics: found } = await loadDir({ dir, config, registries });
  const asked = online ? await (await import('./check-online.ts')).checkOnline(bundle, registries) : [];
  await registries.http.close();
  const rights = against === undefined ? undefined : await compare(bundle, against, { registries, config });
  const diagnostics = [...found, ...(await checkPrices(bundle, systemClock.now())), ...asked];
  const automations = bundle.automations.size + bundle.broken.size;
  const parts = [
    `${automations} automations`,
    `${bundle.connections.size} connections`,
    `${bundle.stores.size} stores`,
  ];
  return { diagnostics, files: parts.join(', '), rights };
}

async function compare(
  { dir, secrets }: Bundle,
  ref: string,
  { registries, config }: { readonly registries: Registries; readonly config: RuntimeConfig },
): Promise<RightsComparison> {
  const { compareWithCommit } = await import('./compare-rights.ts');
  return compareWithCommit({ dir, ref, registries, searchPath: config.env.PATH, variable: secrets.variable });
}
