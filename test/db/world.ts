import { openDatabase } from '../../src/db/index.ts';
import type { Database } from '../../src/domain/ports/database.ts';
import { type Faults, NO_FAULTS } from '../../src/domain/ports/faults.ts';
import { tempDir } from '../support/temp-dir.ts';
import { newId } from './fixtures.ts';

export * from './fixtures.ts';

/** A database to test: a fresh one each time, or another view of one that is there. */
export interface Store {
  readonly database: Database;
  /** A second connection to the same state, as another process has. */
  reopen(): Promise<Database>;
}

/** Each driver gives one; the conformance suite knows nothing else of it. */
export type OpenStore = (faults?: Faults) => Promise<Store>;

export const openSqlite: OpenStore = async (faults = NO_FAULTS) => {
  const stateDir = tempDir();
  const opened: Database[] = [];
  const open = async () => {
    const database = await openDatabase({ stateDir, faults, newId });
    opened.push(database);
    return database;
  };
  return { database: await open(), reopen: open };
};
