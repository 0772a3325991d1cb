import type { Documents } from '../../domain/ports/documents.ts';
import type { StoredDocument } from '../../domain/store.ts';
import type { Connection } from './connection.ts';
import { documentFilter, documentOrder } from './document-query.ts';
import type { GroupCommit } from './group-commit.ts';

interface DocumentRow {
  readonly store: string;
  readonly key: string;
  readonly value: string;
  readonly origin: StoredDocument['origin'];
  readonly run: string;
  readonly updated_at: number;
}

/** Expired documents stay until their store is written to (index `documents_expiry`), but nobody sees them. */
const LIVE = '(expires_at IS NULL OR expires_at > ?)';

export function createDocuments(connection: Connection, { write, read }: GroupCommit): Documents {
  return {
    getDocument: (store, key, now) => read(() => getDocument(connection, { store, key }, now)),
    listDocuments: (store, query, now) => read(() => listDocuments(connection, store, { query, now })),
    putDocument: (document, options, now) => write(() => putDocument(connection, document, { ...options, now })),
    deleteDocument: (store, key, now) => write(() => deleteDocument(connection, { store, key }, now)),
    countDocuments: (store, now) => read(() => countDocuments(connection, store, now)),
  };
}

interface DocumentId {
  readonly store: string;
  readonly key: string;
}

/** Index `documents_key`. */
function getDocument(connection: Connection, { store, key }: DocumentId, now: number): StoredDocument | undefined {
  const row = connection.get<DocumentRow>(
    `SELECT * FROM documents WHERE store = ? AND key = ? AND ${LIVE}`,
    store,
    key,
    now,
  );
  return row && toDocument(row);
}

/** Index `documents_key`, by key unless a field is to sort by. */
function listDocuments(
  connection: Connection,
  store: string,
  { query, now }: { readonly query: Parameters<Documents['listDocuments']>[1]; readonly now: number },
): readonly StoredDocument[] {
  const filter = documentFilter(query.filter ?? {});
  const order = documentOrder(query.sort);
  const rows = connection.all<DocumentRow>(
    `SELECT * FROM documents WHERE store = ? AND ${LIVE} ${filter.sql} ${order.sql} LIMIT ?`,
    store,
    now,
    ...filter.values,
    ...order.values,
    query.limit,
  );
  return rows.map(toDocument);
}

function putDocument(
  connection: Connection,
  document: StoredDocument,
  options: { readonly expiresAt?: number; readonly keepVersions?: number; readonly now: number },
): void {
  connection.run('DELETE FROM documents WHERE store = ? AND expires_at <= ?', document.store, options.now);
  if (options.keepVersions) keepVersion(connection, document, options.keepVersions);
  connection.run(
    `INSERT INTO documents (store, key, value, origin, run, updated_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (store, key) DO UPDATE SET value = excluded.value, origin = excluded.origin, run = excluded.run,
       updated_at = excluded.updated_at, expires_at = excluded.expires_at`,
    document.store,
    document.key,
    JSON.stringify(document.value),
    document.origin,
    document.run,
    document.updatedAt,
    options.expiresAt ?? null,
  );
}

/** Moves what is about to be replaced into the history and trims it (index `document_versions_key`). */
function keepVersion(connection: Connection, { store, key }: DocumentId, keep: number): void {
  connection.run(
    `INSERT INTO document_versions (store, key, value, origin, run, updated_at)
     SELECT store, key, value, origin, run, updated_at FROM documents WHERE store = ? AND key = ?`,
    store,
    key,
  );
  connection.run(
    `DELETE FROM document_versions WHERE store = ? AND key = ? AND id NOT IN
       (SELECT id FROM document_versions WHERE store = ? AND key = ? ORDER BY id DESC LIMIT ?)`,
    store,
    key,
    store,
    key,
    keep,
  );
}

function deleteDocument(connection: Connection, { store, key }: DocumentId, now: number): boolean {
  const existed = getDocument(connection, { store, key }, now) !== undefined;
  connection.run('DELETE FROM documents WHERE store = ? AND key = ?', store, key);
  return existed;
}

function countDocuments(connection: Connection, store: string, now: number): number {
  const found = connection.get<{ n: number }>(
    `SELECT count(*) AS n FROM documents WHERE store = ? AND ${LIVE}`,
    store,
    now,
  );
  return found?.n ?? 0;
}

function toDocument(row: DocumentRow): StoredDocument {
  const { store, key, origin, run } = row;
  return { store, key, value: JSON.parse(row.value), origin, run, updatedAt: row.updated_at };
}
