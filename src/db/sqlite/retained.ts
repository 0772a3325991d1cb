import type { Retained } from '../../domain/ports/retained.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { pruneAudit } from './prune-audit.ts';
import { pruneRuns } from './prune-runs.ts';

/** Unused pages that the file keeps for what comes next (4 MiB). */
const SPARE_PAGES = 1024;

export function createRetained(connection: Connection, { write }: GroupCommit): Retained {
  return {
    pruneRuns: (step, now) => write(() => pruneRuns(connection, step, now)),
    pruneAudit: (step, now) => write(() => pruneAudit(connection, step, now)),
    shrinkFile: (pages) => write(() => shrinkFile(connection, pages)),
  };
}

/** Moves the file's last pages into unused ones; the next checkpoint makes the file shorter. */
function shrinkFile(connection: Connection, pages: number): number {
  const unused = () => connection.get<{ freelist_count: number }>('PRAGMA freelist_count')?.freelist_count ?? 0;
  const before = unused();
  const most = Math.min(pages, before - SPARE_PAGES);
  if (most <= 0) return 0;
  connection.exec(`PRAGMA incremental_vacuum(${most})`);
  return before - unused();
}
