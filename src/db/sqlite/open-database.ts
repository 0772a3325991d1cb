import type { Database } from '../../domain/ports/database.ts';
import type { Faults } from '../../domain/ports/faults.ts';
import type { NewId } from '../../domain/ports/ids.ts';
import { makeStateDir } from '../state-dir.ts';
import { createAccessKeys } from './access-keys.ts';
import { createAudit } from './audit.ts';
import { createAutomationStates } from './automation-states.ts';
import { createCancel } from './cancel-run.ts';
import { createClaim } from './claim-run.ts';
import type { Connection } from './connection.ts';
import { createConversations } from './conversations.ts';
import { createDocuments } from './documents.ts';
import { createEnqueue } from './enqueue-run.ts';
import { createFiles } from './files.ts';
import { createFiring } from './fire-schedules.ts';
import { createGroupCommit } from './group-commit.ts';
import { createHealth } from './health.ts';
import { createMemories } from './memories.ts';
import { openFile } from './open-file.ts';
import { createOutbox } from './outbox.ts';
import { createQueueLength } from './queue-length.ts';
import { createRunReads } from './read-runs.ts';
import { createReclaiming } from './reclaim-run.ts';
import { createRejections } from './rejections.ts';
import { createRetained } from './retained.ts';
import { createSettling } from './settle-run.ts';
import { createSpending } from './spending.ts';
import { createTranscript } from './transcript.ts';
import { createWrites } from './writes.ts';

export interface OpenDatabaseOptions {
  /** Made when missing, mode 0700. */
  readonly stateDir: string;
  readonly faults: Faults;
  /** For ids that do not come with the row: those of files. */
  readonly newId: NewId;
}

/**
 * Opens the state in `stateDir` on SQLite and brings its schema up to date. Throws `state_unreadable` for a folder or
 * file that cannot be used, `state_newer` for one that a later version wrote.
 */
export async function openDatabase({ stateDir, faults, newId }: OpenDatabaseOptions): Promise<Database> {
  makeStateDir(stateDir);
  return createDatabase(openFile(stateDir, faults), faults, newId);
}

/** The whole port over an open file; closing it closes the file. */
export function createDatabase(connection: Connection, faults: Faults, newId: NewId): Database {
  const commits = createGroupCommit(connection, faults);
  return {
    ...createEnqueue(connection, commits),
    ...createFiring(connection, commits),
    ...createClaim(connection, commits),
    ...createSettling(connection, commits, { faults }),
    ...createReclaiming(connection, commits, { faults }),
    ...createCancel(connection, commits),
    ...createRunReads(connection, commits),
    ...createQueueLength(connection, commits),
    ...createTranscript(connection, commits),
    ...createWrites(connection, commits),
    ...createOutbox(connection, commits),
    ...createAutomationStates(connection, commits),
    ...createDocuments(connection, commits),
    ...createRejections(connection, commits),
    ...createAudit(connection, commits),
    ...createAccessKeys(connection, commits),
    ...createMemories(connection, commits),
    ...createSpending(connection, commits),
    ...createConversations(connection, commits),
    ...createFiles(connection, commits, newId),
    ...createRetained(connection, commits),
    ...createHealth(connection, commits),
    close: () => commits.close(),
  };
}
