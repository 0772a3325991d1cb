import { dirname, join } from 'node:path';
import type { Files, NewFile, SaveResult, StoredFile } from '../../domain/ports/files.ts';
import type { NewId } from '../../domain/ports/ids.ts';
import type { RunId } from '../../domain/run.ts';
import { createFileBytes, type FileBytes } from '../file-bytes.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';

/** A file is kept this long. */
export const DEFAULT_FILE_LIFE_MS = 30 * 86_400_000;

/** Bytes without a row that are older than this were left behind by a crash. */
const ORPHAN_MS = 3_600_000;

const REMOVED_AT_ONCE = 500;

interface FileRow {
  readonly id: string;
  readonly filename: string;
  readonly media_type: string;
  readonly size_bytes: number;
  readonly kind: StoredFile['kind'];
  readonly run: string | null;
  readonly owner: string | null;
  readonly created_at: number;
  readonly expires_at: number;
}

/** Bytes in `files/` beside the database, one file each; the row is written last and removed first. */
export function createFiles(connection: Connection, commits: GroupCommit, newId: NewId): Files {
  const { read } = commits;
  const bytes = createFileBytes(join(dirname(connection.path), 'files'));
  const find = (id: string, now: number) => read(() => findFile(connection, id, now));
  return {
    saveFile: (file, source, limits, now) =>
      save({ connection, commits, bytes }, newId('fi'), { file, source, limits, now }),
    getFile: find,
    readFile: async (id, now) => ((await find(id, now)) ? bytes.read(id) : undefined),
    listRunFiles: (run, now) => read(() => listRunFiles(connection, run, now)),
    removeExpired: (now) => removeExpired({ connection, commits, bytes }, now),
  };
}

interface Places {
  readonly connection: Connection;
  readonly commits: GroupCommit;
  readonly bytes: FileBytes;
}

interface Saving {
  readonly file: NewFile;
  readonly source: Uint8Array | AsyncIterable<Uint8Array>;
  readonly limits: { readonly maxBytes: number; readonly maxFiles: number };
  readonly now: number;
}

async function save(
  { connection, commits, bytes }: Places,
  id: string,
  { file, source, limits, now }: Saving,
): Promise<SaveResult> {
  const isFull = () => countOf(connection, file, now) >= limits.maxFiles;
  if (await commits.read(isFull)) return { ok: false, reason: 'too_many' };
  const sizeBytes = await bytes.write(id, source, limits.maxBytes);
  if (sizeBytes === undefined) return { ok: false, reason: 'too_large' };
  const stored: StoredFile = { ...file, id, sizeBytes, createdAt: now, expiresAt: now + DEFAULT_FILE_LIFE_MS };
  try {
    const isKept = await commits.write(() => {
      // Others may have been faster while this one came in.
      if (isFull()) return false;
      insertFile(connection, stored);
      return true;
    });
    if (isKept) return { ok: true, file: stored };
  } catch (error) {
    await bytes.remove(id);
    throw error;
  }
  await bytes.remove(id);
  return { ok: false, reason: 'too_many' };
}

function insertFile(connection: Connection, file: StoredFile): void {
  connection.run(
    `INSERT INTO files (id, filename, media_type, size_bytes, kind, run, owner, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    file.id,
    file.filename,
    file.mediaType,
    file.sizeBytes,
    file.kind,
    file.run ?? null,
    file.owner ?? null,
    file.createdAt,
    file.expiresAt,
  );
}

/** What the run or the owner has already (indexes `files_run`, `files_owner`). */
function countOf(connection: Connection, { run, owner }: NewFile, now: number): number {
  const [column, value] = run === undefined ? ['owner', owner ?? ''] : ['run', run];
  const sql = `SELECT count(*) AS n FROM files WHERE ${column} = ? AND expires_at > ?`;
  return connection.get<{ n: number }>(sql, value, now)?.n ?? 0;
}

/** Index `files_id`. */
function findFile(connection: Connection, id: string, now: number): StoredFile | undefined {
  const row = connection.get<FileRow>('SELECT * FROM files WHERE id = ? AND expires_at > ?', id, now);
  return row && toFile(row);
}

/** Index `files_run`. */
function listRunFiles(connection: Connection, run: RunId, now: number): readonly StoredFile[] {
  const sql = 'SELECT * FROM files WHERE run = ? AND expires_at > ? ORDER BY seq';
  return connection.all<FileRow>(sql, run, now).map(toFile);
}

/** Index `files_expiry`; then what a crash left without a row. */
async function removeExpired({ connection, commits, bytes }: Places, now: number): Promise<number> {
  const expired = await commits.write(() => {
    const rows = connection.all<{ seq: number; id: string }>(
      'SELECT seq, id FROM files WHERE expires_at <= ? ORDER BY expires_at LIMIT ?',
      now,
      REMOVED_AT_ONCE,
    );
    for (const { seq } of rows) connection.run('DELETE FROM files WHERE seq = ?', seq);
    return rows.map(({ id }) => id);
  });
  for (const id of expired) await bytes.remove(id);
  for (const id of await bytes.olderThan(now - ORPHAN_MS)) {
    const row = await commits.read(() => connection.get('SELECT seq FROM files WHERE id = ?', id));
    if (!row) await bytes.remove(id);
  }
  return expired.length;
}

function toFile(row: FileRow): StoredFile {
  return {
    id: row.id,
    filename: row.filename,
    mediaType: row.media_type,
    sizeBytes: row.size_bytes,
    kind: row.kind,
    run: row.run ?? undefined,
    owner: row.owner ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
