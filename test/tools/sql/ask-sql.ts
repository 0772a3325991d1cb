import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Connection } from '../../../src/domain/connection.ts';
import type { ToolContext, ToolResult } from '../../../src/domain/ports/tool.ts';
import { sqlQueryTool } from '../../../src/tools/sql/index.ts';
import { testAutomation, testBundle } from '../../agent/session-world.ts';
import { tempDir } from '../../support/temp-dir.ts';

export interface Asked {
  readonly ok: boolean;
  readonly text: string;
  /** The table, when there is one. */
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly unknown[])[];
  readonly note?: string;
}

export interface AskOptions {
  readonly dir?: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly connection?: Partial<Connection>;
  readonly signal?: AbortSignal;
}

/** A function that asks the connection `db`: effect first, as the gate does, then the worker. */
export function askerOf(options: AskOptions) {
  const tool = sqlQueryTool();
  const context = contextOf(options);
  return async (sql: string, params?: readonly unknown[]): Promise<Asked> => {
    const input = { connection: 'db', sql, ...(params ? { params } : {}) };
    const effect = tool.effect(input, context);
    if (!effect.ok) return { ok: false, text: effect.reason };
    return tableIn(await tool.run(input, context));
  };
}

function contextOf({ dir = '/nowhere', spec, env = {}, connection = {}, signal }: AskOptions): ToolContext {
  const db: Partial<Connection> = { name: 'db', protocol: 'sql', spec: { protocol: 'sql', ...spec }, ...connection };
  return {
    run: 'run_1',
    automation: testAutomation(),
    bundle: testBundle({ connections: [db], env, bundle: { dir, root: dir } }),
    documents: {} as ToolContext['documents'],
    untrusted: false,
    now: () => 0,
    signal: signal ?? new AbortController().signal,
  };
}

function tableIn({ ok, text }: ToolResult): Asked {
  return { ok, text, ...(ok ? JSON.parse(text) : {}) };
}

/** A folder with `shop.db`: three orders. */
export function shopDir(): string {
  const dir = tempDir();
  const database = new Database(join(dir, 'shop.db'));
  database.exec(`
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, total REAL, note TEXT);
    INSERT INTO orders VALUES (1, 'Ada', 10.5, NULL), (2, 'Bob', 20, 'late'), (3, 'Cleo', 0.25, '<b>');
  `);
  database.close();
  return dir;
}

/** Everything that is in the file, to see that nothing has changed. */
export function shopRows(dir: string): unknown {
  const database = new Database(join(dir, 'shop.db'), { readonly: true });
  try {
    const tables = database.prepare('SELECT name FROM sqlite_master ORDER BY name').all();
    return { tables, orders: database.prepare('SELECT * FROM orders').all() };
  } finally {
    database.close();
  }
}
