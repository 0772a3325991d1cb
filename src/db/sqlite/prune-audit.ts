import type { AuditHead } from '../../domain/audit.ts';
import type { Retained } from '../../domain/ports/retained.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';

/** One step, in the caller's transaction; by rowid. The trail is never empty: it ends with the record of this. */
export function pruneAudit(
  connection: Connection,
  { before, limit }: Parameters<Retained['pruneAudit']>[0],
  now: number,
): number {
  const first = connection.all<AuditHead & { readonly at: number }>(
    'SELECT seq, at, hash FROM audit ORDER BY seq LIMIT ?',
    limit,
  );
  const young = first.findIndex(({ at }) => at >= before);
  const old = young === -1 ? first : first.slice(0, young);
  const last = old.at(-1);
  if (!last) return 0;
  const details = { through: last.seq, hash: last.hash, records: old.length };
  insertAudit(connection, { action: 'audit.pruned', actor: 'runtime', details }, now);
  connection.run(
    `INSERT INTO audit_anchor (id, seq, hash) VALUES (1, ?, ?)
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`,
    last.seq,
    last.hash,
  );
  connection.run('INSERT INTO pruning (id, runs_before, audit_through) VALUES (1, 0, ?)', last.seq);
  connection.run('DELETE FROM audit WHERE seq <= ?', last.seq);
  connection.run('DELETE FROM pruning');
  return old.length;
}
