import type { RejectionBounds } from '../../domain/rejection.ts';
import type { Connection } from './connection.ts';

/** Bodies go with their rows, by a trigger. */
export function pruneRejections(connection: Connection, bounds: RejectionBounds, now: number): number {
  const old = connection.run('DELETE FROM rejections WHERE last_at < ?', Math.floor(now - bounds.ageMs)).changes;
  return (
    old +
    pruneKind(connection, { isAuthentic: 1, ...bounds.authentic }) +
    pruneKind(connection, { isAuthentic: 0, ...bounds.unproven })
  );
}

interface Kind {
  readonly isAuthentic: 0 | 1;
  readonly rows: number;
  readonly bytes: number;
}

/** Index `rejections_kind`. */
function pruneKind(connection: Connection, { isAuthentic, rows, bytes }: Kind): number {
  const last = connection.get<{ seq: number | null }>(
    `SELECT max(seq) AS seq FROM (
       SELECT seq, row_number() OVER newest AS place, sum(coalesce(kept_bytes, 0)) OVER newest AS total
       FROM rejections WHERE is_authentic = ? WINDOW newest AS (ORDER BY seq DESC))
     WHERE place > ? OR total > ?`,
    isAuthentic,
    rows,
    bytes,
  );
  if (last?.seq === null || last?.seq === undefined) return 0;
  return connection.run('DELETE FROM rejections WHERE is_authentic = ? AND seq <= ?', isAuthentic, last.seq).changes;
}
