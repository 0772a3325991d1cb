import { AmodalError } from '../../domain/error.ts';
import type { Faults } from '../../domain/ports/faults.ts';
import type { Connection } from './connection.ts';
import { unreadable } from './explain-error.ts';
import { MIGRATIONS } from './migrations.ts';

/** `amod` in ASCII: marks the file as ours (`PRAGMA application_id`). */
const APPLICATION_ID = 0x616d6f64;

/**
 * Brings the file to this version's schema, each migration in its own transaction with its number. Throws
 * `state_newer` for a file of a later version and `state_unreadable` for somebody else's.
 */
export function migrate(connection: Connection, faults: Faults): void {
  if (versionOf(connection) === MIGRATIONS.length) return;
  for (const [index, migration] of MIGRATIONS.entries()) {
    connection.exec('BEGIN IMMEDIATE');
    try {
      // Read again under the lock: another process may have done it meanwhile.
      if (versionOf(connection) === index) {
        connection.exec(`PRAGMA application_id = ${APPLICATION_ID}; ${migration.sql}`);
        connection.exec(`PRAGMA user_version = ${index + 1}`);
        faults('migrate');
      }
      connection.exec('COMMIT');
    } catch (error) {
      if (connection.inTransaction()) connection.exec('ROLLBACK');
      throw error;
    }
  }
}

/** How many migrations the file has. */
function versionOf(connection: Connection): number {
  const version = pragma(connection, 'user_version');
  const application = pragma(connection, 'application_id');
  const tables = connection.get<{ n: number }>('SELECT count(*) AS n FROM sqlite_master')?.n ?? 0;
  if (tables > 0 && application !== APPLICATION_ID) {
    throw unreadable(new Error('it is a database of another program'), connection.path);
  }
  if (version > MIGRATIONS.length) {
    throw new AmodalError(
      'state_newer',
      `state in ${connection.path} was written by a newer amodal (schema ${version}, this one knows ${MIGRATIONS.length}): upgrade amodal, or point it at another state folder.`,
    );
  }
  return version;
}

function pragma(connection: Connection, name: 'user_version' | 'application_id'): number {
  return connection.get<Record<string, number>>(`PRAGMA ${name}`)?.[name] ?? 0;
}
