import { instanceSecret, openDatabase } from '../db/index.ts';
import type { Database } from '../domain/ports/database.ts';
import type { Faults } from '../domain/ports/faults.ts';
import type { RuntimeConfig } from './config.ts';
import { newId } from './ids.ts';

export interface OpenState {
  readonly database: Database;
  readonly instanceSecret: string;
  close(): Promise<void>;
}

/** Opens the state folder's database and the secret that its webhook URLs are derived from. */
export async function openState({
  stateDir,
  faults,
  config,
}: {
  readonly stateDir: string;
  readonly faults: Faults;
  readonly config: RuntimeConfig;
}): Promise<OpenState> {
  const database = await openDatabase({ stateDir, faults, newId });
  const secret = await instanceSecret({ stateDir, given: config.instanceSecret });
  return { database, instanceSecret: secret, close: () => database.close() };
}
