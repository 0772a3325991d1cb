import type { Diagnostic } from '../domain/diagnostic.ts';
import { readConfig } from './config.ts';
import { loadDir } from './load.ts';

/** What `amodal validate` says: every diagnostic of the folder, errors first in each file's order, and what was read. */
export async function validate({ dir }: { readonly dir: string }): Promise<{
  readonly diagnostics: readonly Diagnostic[];
  readonly files: string;
}> {
  const { bundle, diagnostics } = await loadDir({ dir, config: readConfig() });
  const automations = bundle.automations.size + bundle.broken.size;
  const parts = [
    `${automations} automations`,
    `${bundle.connections.size} connections`,
    `${bundle.stores.size} stores`,
  ];
  return { diagnostics, files: parts.join(', ') };
}
