import { createRequire } from 'node:module';
import Sqlite from 'better-sqlite3';

/** A value that a column holds. */
export type Value = string | number | Uint8Array | null;

/** The open file with its statements prepared once each, on first use. Everything here is synchronous. */
export interface Connection {
  readonly path: string;
  /** First row, or undefined. The row's shape is what the statement selects. */
  get<Row>(sql: string, ...values: readonly Value[]): Row | undefined;
  all<Row>(sql: string, ...values: readonly Value[]): readonly Row[];
  run(sql: string, ...values: readonly Value[]): { readonly changes: number; readonly lastInsertRowid: number };
  /** Several statements without values. */
  exec(sql: string): void;
  inTransaction(): boolean;
  close(): void;
}

/** Named, because looking for it takes longer than opening a file. */
const nativeBinding = createRequire(import.meta.url).resolve('better-sqlite3/build/Release/better_sqlite3.node');

/** Opens a database file (made when missing); `busyMs` is how long a statement waits for another process. */
export function openConnection(path: string, busyMs: number): Connection {
  const file = new Sqlite(path, { timeout: busyMs, nativeBinding });
  const statements = new Map<string, Sqlite.Statement<unknown[]>>();
  const prepared = (sql: string) => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = file.prepare<unknown[]>(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    path,
    get: <Row>(sql: string, ...values: readonly Value[]) => prepared(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: readonly Value[]) => prepared(sql).all(...values) as readonly Row[],
    run: (sql, ...values) => {
      const { changes, lastInsertRowid } = prepared(sql).run(...values);
      return { changes, lastInsertRowid: Number(lastInsertRowid) };
    },
    exec: (sql) => {
      file.exec(sql);
    },
    inTransaction: () => file.inTransaction,
    close: () => {
      file.close();
    },
  };
}
