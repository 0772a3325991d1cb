import type { Event } from '../../domain/event.ts';
import type { EnqueueResult, NewRun, RunQueue } from '../../domain/ports/run-queue.ts';
import { insertAudit } from './audit.ts';
import { findWaiting, markWaiting, replaceEvent } from './coalesce-run.ts';
import type { Connection } from './connection.ts';
import { insertTurn } from './conversations.ts';
import { type EventKey, findByEventKey, findParts, rememberKeys, replayHash } from './event-keys.ts';
import type { GroupCommit } from './group-commit.ts';
import { hashKey, insertRun, makeWay } from './insert-run.ts';
import { createQueueBytes, type QueueBytes } from './queue-bytes.ts';
import { createQueueCount, type QueueCount } from './queue-length.ts';

interface KnownKey {
  readonly seq: number;
  readonly id: string;
  readonly dedupe_until: number | null;
}

interface Enqueueing {
  readonly limit?: number;
  readonly limitBytes?: number;
  readonly queueBytes: QueueBytes;
  readonly queueCount: QueueCount;
  readonly now: number;
}

export function createEnqueue(connection: Connection, commits: GroupCommit): Pick<RunQueue, 'enqueueRun'> {
  const measures = { queueBytes: createQueueBytes(connection), queueCount: createQueueCount(connection, commits) };
  const points = { before: 'accept.before-commit', after: 'accept.after-commit' } as const;
  return {
    enqueueRun: (run, limits, now) =>
      commits.write(() => enqueue(connection, run, { ...limits, ...measures, now }), points),
  };
}

function enqueue(connection: Connection, run: NewRun, enqueueing: Enqueueing): EnqueueResult {
  const { now } = enqueueing;
  const dedupeHash = run.dedupeKey === undefined ? undefined : hashKey(run.automation, run.dedupeKey);
  const holder = dedupeHash && findKey(connection, dedupeHash);
  const replay = run.replayKey === undefined ? undefined : replayHash(run.automation, run.replayKey);
  const known = holder && isValid(holder, now) ? holder.id : findKnown(connection, [dedupeHash, replay], now);
  if (known !== undefined) return { type: 'duplicate', run: known };
  const parts = run.parts && findParts(connection, { automation: run.automation, parts: run.parts }, now);
  if (parts?.knownRun && parts.fresh.length === 0) return { type: 'duplicate', run: parts.knownRun };
  const event = parts?.knownRun && run.parts ? run.parts.eventOf(parts.fresh) : run.event;
  const keys = [...(replay ? [{ hash: replay, until: null }] : []), ...(parts?.keys ?? [])];
  const joined = run.coalesce && joinWaiting(connection, run, { event, now });
  if (joined) {
    const own = dedupeHash ? [{ hash: dedupeHash, until: run.dedupeUntil ?? null }] : [];
    rememberKeys(connection, joined.seq, [...own, ...keys]);
    return { type: 'queued', run: joined.id, coalesced: true };
  }
  if (isFull(event, enqueueing)) return { type: 'full', queued: enqueueing.queueCount.count() };
  if (holder) forgetKey(connection, holder.seq);
  return add(connection, { ...run, event }, { dedupeHash, keys, now });
}

/** Rows are counted in the file; bytes are those of the last measure and what came since. */
function isFull(event: Event | undefined, { limit, limitBytes, queueBytes, queueCount, now }: Enqueueing): boolean {
  if (limit !== undefined && queueCount.isFull(limit)) return true;
  const bytes = event?.body?.length ?? 0;
  return limitBytes !== undefined && bytes > 0 && !queueBytes.fits(bytes, limitBytes, now);
}

interface Adding {
  readonly dedupeHash: Uint8Array | undefined;
  readonly keys: readonly EventKey[];
  readonly now: number;
}

function add(connection: Connection, run: NewRun, { dedupeHash, keys, now }: Adding): EnqueueResult {
  const { coalesce, automation } = run;
  const availableAt = coalesce ? now + Math.min(coalesce.quietMs, coalesce.maxMs) : run.availableAt;
  const isQueued = makeWay(connection, run, now);
  const state = isQueued ? ({ status: 'queued' } as const) : ({ status: 'skipped', reason: 'overlap' } as const);
  const seq = insertRun(connection, { ...run, ...state, availableAt, dedupeHash }, now);
  if (seq !== undefined) rememberKeys(connection, seq, keys);
  if (run.audit) {
    const details = { ...run.audit.details, status: state.status };
    insertAudit(connection, { ...run.audit, run: run.id, details }, now);
  }
  if (!isQueued) return { type: 'skipped', run: run.id, reason: 'overlap' };
  if (seq !== undefined && run.turn) insertTurn(connection, run.turn, { seq, automation, now });
  if (seq !== undefined && coalesce) markWaiting(connection, seq, { automation, coalesce, now });
  return { type: 'queued', run: run.id };
}

function joinWaiting(
  connection: Connection,
  { automation, coalesce }: NewRun,
  { event, now }: { readonly event: Event | undefined; readonly now: number },
) {
  const waiting = coalesce && findWaiting(connection, automation, coalesce.key);
  if (waiting) replaceEvent(connection, waiting, { event, startAt: now + coalesce.quietMs });
  return waiting;
}

/** Index `runs_dedupe`. */
function findKey(connection: Connection, dedupeHash: Uint8Array): KnownKey | undefined {
  return connection.get<KnownKey>('SELECT seq, id, dedupe_until FROM runs WHERE dedupe_hash = ?', dedupeHash);
}

function findKnown(
  connection: Connection,
  hashes: readonly (Uint8Array | undefined)[],
  now: number,
): string | undefined {
  for (const hash of hashes) {
    const known = hash && findByEventKey(connection, hash, now);
    if (known !== undefined) return known;
  }
  return undefined;
}

function isValid(known: KnownKey, now: number): boolean {
  return known.dedupe_until === null || known.dedupe_until > now;
}

/** The expired row keeps its key as history and leaves the unique index. */
function forgetKey(connection: Connection, seq: number): void {
  connection.run('UPDATE runs SET dedupe_hash = NULL WHERE seq = ?', seq);
}
