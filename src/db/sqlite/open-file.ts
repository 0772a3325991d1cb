import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Faults } from '../../domain/ports/faults.ts';
import { type Connection, openConnection } from './connection.ts';
import { explainError, isBusy, sqliteCodeOf, unreadable } from './explain-error.ts';
import { migrate } from './migrate.ts';

/** The database's name in the state folder. */
export const DATABASE_FILE = 'amodal.db';

/** While opening, waiting blocks nobody; afterwards a wait is short and repeated between turns of the event loop. */
const OPEN_BUSY_MS = 5_000;
const BUSY_MS = 25;
const WAL_TRIES = 200;

/** Opens the state's database in WAL mode with full durability, on this version's schema. */
export function openFile(stateDir: string, faults: Faults): Connection {
  const path = join(stateDir, DATABASE_FILE);
  let connection: Connection | undefined;
  try {
    connection = openConnection(path, OPEN_BUSY_MS);
    // Counts for a new file only, and only before WAL mode writes its first page.
    connection.exec('PRAGMA auto_vacuum = INCREMENTAL');
    enterWal(connection);
    connection.exec('PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000');
    connection.exec('PRAGMA journal_size_limit = 67108864');
    migrate(connection, faults);
    connection.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    // Never opened by other means: closing any other handle of this process would drop SQLite's own locks.
    chmodSync(path, 0o600);
    return connection;
  } catch (error) {
    connection?.close();
    throw explainOpening(error, path);
  }
}

/** Whatever SQLite says of a file that does not open, it is no state to work on; only a lock or a full disk passes. */
function explainOpening(error: unknown, path: string): Error {
  const code = sqliteCodeOf(error);
  const passes = code === undefined || isBusy(error) || code.startsWith('SQLITE_FULL');
  return passes ? explainError(error, path) : unreadable(error, path);
}

/** Two processes that open a new file together may refuse each other this one statement without waiting. */
function enterWal(connection: Connection): void {
  for (let tries = 1; ; tries += 1) {
    try {
      connection.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || tries === WAL_TRIES) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
