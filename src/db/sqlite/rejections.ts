import type { Redelivery, Rejections } from '../../domain/ports/rejections.ts';
import type { NewRejection, Rejection } from '../../domain/rejection.ts';
import { insertAudit } from './audit.ts';
import type { Connection, Value } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';
import { pruneRejections } from './prune-rejections.ts';
import { type RejectionRow, toRejection } from './rejection-row.ts';

export function createRejections(connection: Connection, { write, read }: GroupCommit): Rejections {
  return {
    keepRejection: (rejection, now) => write(() => keep(connection, rejection, now)),
    listRejections: (filter) => read(() => list(connection, filter)),
    getRejection: (id) => read(() => optional(find(connection, id))),
    readRejectionBody: (id) => read(() => readBody(connection, id)),
    settleRejection: (id, redelivery, now) => write(() => settle(connection, { id, redelivery }, now)),
    pruneRejections: (bounds, now) => write(() => pruneRejections(connection, bounds, now)),
  };
}

/** Index `rejections_fingerprint`. */
function keep(connection: Connection, rejection: NewRejection, now: number): string {
  const known = connection.get<{ id: string }>(
    `UPDATE rejections SET copies = copies + 1, last_at = ? WHERE fingerprint = ? AND status <> 'redelivered'
     RETURNING id`,
    now,
    rejection.fingerprint,
  );
  if (known) return known.id;
  const { id, body } = rejection;
  const { lastInsertRowid } = connection.run(
    `INSERT INTO rejections (id, automation, reason, http_status, received_at, last_at, peer, headers, query, body_bytes,
       body_sha256, kept_bytes, is_authentic, fingerprint)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    rejection.automation,
    rejection.reason,
    rejection.httpStatus,
    rejection.receivedAt,
    now,
    rejection.peer,
    JSON.stringify(rejection.headers),
    rejection.query,
    rejection.bodyBytes,
    rejection.bodySha256 ?? null,
    body?.length ?? null,
    rejection.isAuthentic ? 1 : 0,
    rejection.fingerprint,
  );
  if (body) connection.run('INSERT INTO rejected_bodies (rejection, body) VALUES (?, ?)', lastInsertRowid, body);
  return id;
}

/** Indexes `rejections_automation`, `rejections_status`; without a filter the rowid. */
function list(
  connection: Connection,
  { automation, status, since, limit }: Parameters<Rejections['listRejections']>[0],
): readonly Rejection[] {
  const conditions: string[] = [];
  const values: Value[] = [];
  const add = (condition: string, value: Value | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  add('automation = ?', automation);
  add('status = ?', status);
  add('received_at >= ?', since);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return connection
    .all<RejectionRow>(`SELECT * FROM rejections ${where} ORDER BY seq DESC LIMIT ?`, ...values, limit)
    .map(toRejection);
}

/** Index `rejections_id`. */
function find(connection: Connection, id: string): RejectionRow | undefined {
  return connection.get<RejectionRow>('SELECT * FROM rejections WHERE id = ?', id);
}

function optional(row: RejectionRow | undefined): Rejection | undefined {
  return row && toRejection(row);
}

/** Rowid of `rejected_bodies`. */
function readBody(connection: Connection, id: string): Buffer | undefined {
  const row = find(connection, id);
  const found =
    row && connection.get<{ body: Buffer }>('SELECT body FROM rejected_bodies WHERE rejection = ?', row.seq);
  return found?.body;
}

function settle(
  connection: Connection,
  { id, redelivery }: { readonly id: string; readonly redelivery: Redelivery },
  now: number,
): Rejection | undefined {
  const row = find(connection, id);
  if (!row) return undefined;
  const { status, outcome, run, by } = redelivery;
  connection.run(
    'UPDATE rejections SET status = ?, outcome = ?, run = ? WHERE seq = ?',
    status,
    outcome,
    run ?? null,
    row.seq,
  );
  if (status === 'redelivered') {
    connection.run('UPDATE rejections SET kept_bytes = NULL WHERE seq = ?', row.seq);
    connection.run('DELETE FROM rejected_bodies WHERE rejection = ?', row.seq);
  }
  const details = { rejection: id, status, outcome };
  insertAudit(connection, { action: 'webhook.redelivered', actor: by, automation: row.automation, run, details }, now);
  return optional(find(connection, id));
}
