import type { EventParts } from '../../domain/ports/run-queue.ts';
import type { Connection } from './connection.ts';
import { hashKey } from './insert-run.ts';

/** A key as the unique index holds it, and until when it counts (epoch ms; null = for ever). */
export interface EventKey {
  readonly hash: Uint8Array;
  readonly until: number | null;
}

/** What stands for the bytes that a sender signed. */
export function replayHash(automation: string, key: string): Uint8Array {
  return hashKey(automation, `replay\u0000${key}`);
}

/** The id of the run that a key stands for now, which retention may have removed. Index `event_keys_hash`. */
export function findByEventKey(connection: Connection, hash: Uint8Array, now: number): string | undefined {
  return connection.get<{ id: string }>(
    `SELECT coalesce(pruned_run, runs.id) AS id FROM event_keys LEFT JOIN runs ON runs.seq = event_keys.run
     WHERE event_keys.hash = ? AND (until IS NULL OR until > ?)`,
    hash,
    now,
  )?.id;
}

/** The keys stand for this run from now on; one that had expired changes hands. */
export function rememberKeys(connection: Connection, seq: number, keys: readonly EventKey[]): void {
  for (const { hash, until } of keys) {
    connection.run(
      `INSERT INTO event_keys (hash, run, until) VALUES (?, ?, ?)
       ON CONFLICT (hash) DO UPDATE SET run = excluded.run, until = excluded.until, pruned_run = NULL`,
      hash,
      seq,
      until,
    );
  }
}

/** Which events of a delivery are new, and the run of one that is not. */
export interface PartsFound {
  /** Indexes of the new ones. */
  readonly fresh: readonly number[];
  readonly keys: readonly EventKey[];
  readonly knownRun?: string;
}

/** A part that comes twice in the same delivery counts once. */
export function findParts(
  connection: Connection,
  { automation, parts }: { readonly automation: string; readonly parts: EventParts },
  now: number,
): PartsFound {
  const fresh: number[] = [];
  const keys = new Map<string, EventKey>();
  let knownRun: string | undefined;
  for (const [index, key] of parts.keys.entries()) {
    if (key !== undefined && keys.has(key)) continue;
    const hash = key === undefined ? undefined : hashKey(automation, `part\u0000${key}`);
    const known = hash && findByEventKey(connection, hash, now);
    knownRun ??= known;
    if (known !== undefined) continue;
    fresh.push(index);
    if (key !== undefined && hash) keys.set(key, { hash, until: null });
  }
  return { fresh, keys: [...keys.values()], ...(knownRun !== undefined && { knownRun }) };
}
