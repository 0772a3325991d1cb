import type { EnqueueResult, NewRun, RunQueue } from '../../domain/ports/database.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { hashKey, insertRun, makeWay } from './insert-run.ts';
import { countQueued, isQueueFull } from './queue-length.ts';

interface KnownKey {
  readonly seq: number;
  readonly id: string;
  readonly dedupe_until: number | null;
}

export function createEnqueue(connection: Connection, { write }: GroupCommit): Pick<RunQueue, 'enqueueRun'> {
  const points = { before: 'accept.before-commit', after: 'accept.after-commit' } as const;
  return {
    enqueueRun: (run, { limit }, now) => write(() => enqueue(connection, run, { limit, now }), points),
  };
}

function enqueue(
  connection: Connection,
  run: NewRun,
  { limit, now }: { readonly limit?: number; readonly now: number },
): EnqueueResult {
  const dedupeHash = run.dedupeKey === undefined ? undefined : hashKey(run.automation, run.dedupeKey);
  const known = dedupeHash && findKey(connection, dedupeHash);
  if (known && isValid(known, now)) return { type: 'duplicate', run: known.id };
  if (limit !== undefined && isQueueFull(connection, limit)) return { type: 'full', queued: countQueued(connection) };
  if (known) forgetKey(connection, known.seq);
  if (makeWay(connection, run, now)) {
    insertRun(connection, { ...run, dedupeHash, status: 'queued' }, now);
    return { type: 'queued', run: run.id };
  }
  insertRun(connection, { ...run, dedupeHash, status: 'skipped', reason: 'overlap' }, now);
  return { type: 'skipped', run: run.id, reason: 'overlap' };
}

/** Index `runs_dedupe`. */
function findKey(connection: Connection, dedupeHash: Uint8Array): KnownKey | undefined {
  return connection.get<KnownKey>('SELECT seq, id, dedupe_until FROM runs WHERE dedupe_hash = ?', dedupeHash);
}

function isValid(known: KnownKey, now: number): boolean {
  return known.dedupe_until === null || known.dedupe_until > now;
}

/** The expired row keeps its key as history and leaves the unique index. */
function forgetKey(connection: Connection, seq: number): void {
  connection.run('UPDATE runs SET dedupe_hash = NULL WHERE seq = ?', seq);
}
