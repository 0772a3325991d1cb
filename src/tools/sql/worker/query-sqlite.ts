import { createRequire } from 'node:module';
import Database from 'better-sqlite3';
import type { SqlAnswer, SqliteTarget } from '../sql-job.ts';
import { statementRefusal } from '../statement-refusal.ts';
import { createTable, type Query } from './table.ts';

const BUSY_MS = 1_000;

const nativeBinding = createRequire(import.meta.url).resolve('better-sqlite3/build/Release/better_sqlite3.node');

/** One statement on a file that is opened for reading only: prepared, so that a second one is refused. */
export function querySqlite({ file }: SqliteTarget, query: Query): SqlAnswer {
  const refusal = statementRefusal('sqlite', query.sql);
  if (refusal) return { ok: false, error: refusal };
  const database = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_MS, nativeBinding });
  database.pragma('trusted_schema = OFF');
  // What a query sorts counts against the worker's memory instead of filling a disk.
  database.pragma('temp_store = MEMORY');
  database.defaultSafeIntegers(true);
  const statement = database.prepare(query.sql);
  if (!statement.readonly || !statement.reader) {
    return { ok: false, error: 'the statement does not only read: writes through SQL are always refused' };
  }
  const table = createTable(query);
  const columns = statement.columns().map(({ name }) => name);
  for (const row of statement.raw().iterate(...query.params.map(bindable))) {
    if (!table.add(row as unknown[])) break;
  }
  return table.answer(columns);
}

/** SQLite has no booleans. */
function bindable(value: Query['params'][number]): string | number | bigint | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
}
