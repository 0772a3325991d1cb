import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isStateHeld, readHolder } from '../db/index.ts';
import { AmodalError } from '../domain/error.ts';
import { systemClock } from './clock.ts';
import { readConfig, requireSqlite, stateDirOf } from './config.ts';
import type { ConnectedOperations } from './connected-operations.ts';

/**
 * Connects to the server that is named (`--url`, `AMODAL_URL`) or that runs for this folder; with none, opens the
 * local state. Throws `AmodalError`.
 */
export async function connect(options: {
  readonly dir: string;
  readonly url?: string;
  readonly token?: string;
}): Promise<ConnectedOperations> {
  const config = readConfig();
  const dir = resolve(options.dir);
  const url = options.url ?? config.url;
  if (url) return remote(url, options.token ?? config.token);
  const stateDir = stateDirOf(dir);
  if (isStateHeld(stateDir)) {
    const holder = readHolder(stateDir);
    if (holder?.url) return remote(holder.url, options.token ?? config.token ?? holder.token);
  }
  requireSqlite(config);
  if (!existsSync(dir)) throw new AmodalError('usage', `There is no folder ${dir}: name the bundle with --dir.`);
  const { openLocal } = await import('./open-local.ts');
  return openLocal({ dir, stateDir, config });
}

async function remote(url: string, token: string | undefined): Promise<ConnectedOperations> {
  const { createRemoteOperations } = await import('../server/remote-operations.ts');
  const operations = createRemoteOperations({ url, token, clock: systemClock });
  return { operations, mode: 'server', close: async () => {} };
}
