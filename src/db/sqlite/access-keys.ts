import type { AccessKey } from '../../domain/access-key.ts';
import { AmodalError } from '../../domain/error.ts';
import type { AccessKeys } from '../../domain/ports/access-keys.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly automation: string | null;
  readonly created_by: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly used_at: number | null;
}

export function createAccessKeys(connection: Connection, { write, read }: GroupCommit): AccessKeys {
  return {
    addAccessKey: (key, hash) => write(() => insertKey(connection, key, hash)),
    findAccessKey: (hash) => read(() => optional(findByHash(connection, hash))),
    listAccessKeys: () => read(() => connection.all<KeyRow>('SELECT * FROM access_keys ORDER BY seq DESC').map(toKey)),
    revokeAccessKey: (key, by, now) => write(() => revoke(connection, key, { by, now })),
    markAccessKeyUsed: (id, now) =>
      write(() => void connection.run('UPDATE access_keys SET used_at = ? WHERE id = ?', now, id)),
  };
}

function insertKey(connection: Connection, key: AccessKey, hash: string): void {
  if (findActive(connection, key.name)) {
    throw new AmodalError('conflict', `A key is named "${key.name}" already: revoke it first, or take another name.`);
  }
  connection.run(
    `INSERT INTO access_keys (id, name, hash, automation, created_by, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    key.id,
    key.name,
    hash,
    key.automation ?? null,
    key.createdBy,
    key.createdAt,
    key.expiresAt ?? null,
  );
  const details = { key: key.id, name: key.name, ...(key.expiresAt && { expiresAt: key.expiresAt }) };
  const automation = key.automation;
  insertAudit(connection, { action: 'key.created', actor: key.createdBy, automation, details }, key.createdAt);
}

function revoke(
  connection: Connection,
  key: string,
  { by, now }: { readonly by: string; readonly now: number },
): AccessKey | undefined {
  const row = findActive(connection, key) ?? findById(connection, key);
  if (!row) return undefined;
  if (row.revoked_at !== null) return toKey(row);
  connection.run('UPDATE access_keys SET revoked_at = ? WHERE id = ?', now, row.id);
  const details = { key: row.id, name: row.name };
  const automation = row.automation ?? undefined;
  insertAudit(connection, { action: 'key.revoked', actor: by, automation, details }, now);
  return toKey({ ...row, revoked_at: now });
}

/** Index `access_keys_hash`. */
function findByHash(connection: Connection, hash: string): KeyRow | undefined {
  return connection.get<KeyRow>('SELECT * FROM access_keys WHERE hash = ?', hash);
}

/** Index `access_keys_name`. */
function findActive(connection: Connection, name: string): KeyRow | undefined {
  return connection.get<KeyRow>('SELECT * FROM access_keys WHERE name = ? AND revoked_at IS NULL', name);
}

/** A table of a few rows: walked. */
function findById(connection: Connection, id: string): KeyRow | undefined {
  return connection.get<KeyRow>('SELECT * FROM access_keys WHERE id = ?', id);
}

function optional(row: KeyRow | undefined): AccessKey | undefined {
  return row && toKey(row);
}

function toKey(row: KeyRow): AccessKey {
  return {
    id: row.id,
    name: row.name,
    automation: row.automation ?? undefined,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    usedAt: row.used_at ?? undefined,
  };
}
