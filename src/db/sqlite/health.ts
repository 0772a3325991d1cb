import type { Database } from '../../domain/ports/database.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';

/** Enough pages that a full disk shows itself. */
const PROBE_BYTES = 32_768;

/**
 * Commits since the last look are proof enough; an idle or failing state is tried with a small write of its own,
 * which is also how it finds out that there is room again.
 */
export function createHealth(connection: Connection, commits: GroupCommit): Pick<Database, 'healthy'> {
  let seen = commits.commits();
  return {
    healthy: async () => {
      const busy = commits.isWritable() && commits.commits() > seen;
      const ok = busy || (await isWritten(() => commits.write(() => probe(connection, commits.isWritable()))));
      seen = commits.commits();
      return ok;
    },
  };
}

function probe(connection: Connection, wasWritable: boolean): void {
  const bytes = wasWritable ? 1 : PROBE_BYTES;
  connection.run('INSERT OR REPLACE INTO probes (id, filler) VALUES (1, zeroblob(?))', bytes);
  if (!wasWritable) connection.run('INSERT OR REPLACE INTO probes (id, filler) VALUES (1, zeroblob(1))');
}

async function isWritten(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch {
    return false;
  }
}
