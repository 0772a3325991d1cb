import { createHash } from 'node:crypto';
import {
  AUDIT_GENESIS,
  type AuditAction,
  type AuditHead,
  type AuditRecord,
  auditText,
  type NewAuditRecord,
} from '../../domain/audit.ts';
import type { Audit } from '../../domain/ports/audit.ts';
import type { RunId } from '../../domain/run.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';

interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly action: AuditAction;
  readonly actor: string;
  readonly automation: string | null;
  readonly run: string | null;
  readonly commit_id: string | null;
  readonly details: string;
  readonly previous_hash: string;
  readonly hash: string;
}

export function createAudit(connection: Connection, { write, read }: GroupCommit): Audit {
  return {
    appendAudit: (record, now) => write(() => insertAudit(connection, record, now)),
    listAudit: (filter) => read(() => selectAudit(connection, filter).map(toRecord)),
    auditHead: () => read(() => connection.get<AuditHead>('SELECT seq, hash FROM audit_head WHERE id = 1')),
    auditAnchor: () => read(() => connection.get<AuditHead>('SELECT seq, hash FROM audit_anchor WHERE id = 1')),
    lastBundleLoaded: () => read(() => lastLoaded(connection)),
  };
}

/** Adds the next link of the chain, within the transaction of what it tells about. */
export function insertAudit(connection: Connection, record: NewAuditRecord, now: number): void {
  const last = connection.get<AuditRow>('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1');
  // Hashed as it will be read back: what JSON drops or reorders must not break the chain.
  const details = JSON.parse(JSON.stringify(record.details));
  const link = { ...record, details, seq: (last?.seq ?? 0) + 1, at: now, previousHash: last?.hash ?? AUDIT_GENESIS };
  const hash = createHash('sha256').update(auditText(link)).digest('hex');
  connection.run(
    `INSERT INTO audit (seq, at, action, actor, automation, run, commit_id, details, previous_hash, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    link.seq,
    link.at,
    link.action,
    link.actor,
    link.automation ?? null,
    link.run ?? null,
    link.commit ?? null,
    JSON.stringify(details),
    link.previousHash,
    hash,
  );
  connection.run(
    `INSERT INTO audit_head (id, seq, hash) VALUES (1, ?, ?)
     ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`,
    link.seq,
    hash,
  );
}

/** Index `audit_loads`. */
function lastLoaded(connection: Connection): AuditRecord | undefined {
  const row = connection.get<AuditRow>("SELECT * FROM audit WHERE action = 'bundle.loaded' ORDER BY seq DESC LIMIT 1");
  return row && toRecord(row);
}

/** By rowid, or by index `audit_run`. */
function selectAudit(connection: Connection, filter: Parameters<Audit['listAudit']>[0]): readonly AuditRow[] {
  const { after, run, limit } = filter;
  if (after === undefined) return selectNewest(connection, run, limit).toReversed();
  if (run === undefined) {
    return connection.all('SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?', after, limit);
  }
  return connection.all('SELECT * FROM audit WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?', run, after, limit);
}

function selectNewest(connection: Connection, run: RunId | undefined, limit: number): readonly AuditRow[] {
  if (run === undefined) return connection.all('SELECT * FROM audit ORDER BY seq DESC LIMIT ?', limit);
  return connection.all('SELECT * FROM audit WHERE run = ? ORDER BY seq DESC LIMIT ?', run, limit);
}

function toRecord(row: AuditRow): AuditRecord {
  return {
    seq: row.seq,
    at: row.at,
    action: row.action,
    actor: row.actor,
    automation: row.automation ?? undefined,
    run: row.run ?? undefined,
    commit: row.commit_id,
    details: JSON.parse(row.details),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
