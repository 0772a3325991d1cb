import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { askerOf, shopDir, shopRows } from './ask-sql.ts';

const SPEC = { driver: 'sqlite', file: 'shop.db' };

describe('sql_query on SQLite', () => {
  it('answers a table', async () => {
    const ask = askerOf({ dir: shopDir(), spec: SPEC });
    const { columns, rows, text } = await ask('SELECT id, customer, total, note FROM orders ORDER BY id');
    expect(columns).toEqual(['id', 'customer', 'total', 'note']);
    expect(rows).toEqual([
      [1, 'Ada', 10.5, null],
      [2, 'Bob', 20, 'late'],
      [3, 'Cleo', 0.25, '<b>'],
    ]);
    expect(JSON.parse(text)).toMatchObject({ rowCount: 3 });
  });

  it('binds parameters by place, and keeps columns of one name apart', async () => {
    const ask = askerOf({ dir: shopDir(), spec: SPEC });
    const { rows } = await ask('SELECT id, customer AS id FROM orders WHERE id > ? AND customer <> ? AND ? ', [
      1,
      'Bob',
      true,
    ]);
    expect(rows).toEqual([[3, 'Cleo']]);
  });

  it('keeps big integers whole and describes bytes', async () => {
    const ask = askerOf({ dir: shopDir(), spec: SPEC });
    const { rows } = await ask("SELECT 9223372036854775807, 42, x'00ff', 1e999");
    expect(rows).toEqual([['9223372036854775807', 42, '(binary, 2 bytes)', 'Infinity']]);
  });

  it('cuts at the cap of rows and says so', async () => {
    const ask = askerOf({ dir: shopDir(), spec: { ...SPEC, maxRows: 2 } });
    const { rows, note } = await ask('SELECT id FROM orders ORDER BY id');
    expect(rows).toEqual([[1], [2]]);
    expect(note).toContain('cut after 2 rows at the cap of 2 rows');
  });

  it('says nothing of a cut when the rows just fit', async () => {
    const ask = askerOf({ dir: shopDir(), spec: { ...SPEC, maxRows: 3 } });
    const { rows, note } = await ask('SELECT id FROM orders');
    expect([rows?.length, note]).toEqual([3, undefined]);
  });

  it('cuts at the cap of bytes and cuts long cells', async () => {
    const ask = askerOf({ dir: shopDir(), spec: SPEC });
    const many = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 900)';
    const wide = await ask(`${many} SELECT x, hex(zeroblob(100)) FROM c`);
    expect(wide.note).toContain('at the cap of bytes');
    expect(wide.text.length).toBeLessThan(70_000);
    const long = await ask('SELECT hex(zeroblob(5000))');
    expect(long.rows?.[0]?.[0]).toMatch(/^0{4000}… \[cut, 10000 characters\]$/);
  });

  it('redacts a secret in a cell before it cuts the cell', async () => {
    const secret = `canary-${'k'.repeat(40)}`;
    const ask = askerOf({ dir: shopDir(), spec: SPEC, env: { TOKEN: secret } });
    const { text } = await ask(
      `SELECT replace(hex(zeroblob(1990)), '00', '--') || 'can' || 'ary-' || replace(hex(zeroblob(20)), '0', 'k')`,
    );
    expect(text).toContain('[redacted:TOKEN]');
    expect(text).not.toContain('canary');
  });

  it.each([
    'DELETE FROM orders',
    'INSERT INTO orders VALUES (9, NULL, NULL, NULL)',
    "UPDATE orders SET note = 'x' RETURNING id",
    'WITH x AS (SELECT 1) DELETE FROM orders',
    "WITH x AS (SELECT 1) INSERT INTO orders SELECT 9, 'x', 1, NULL RETURNING id",
    'DROP TABLE orders',
    'CREATE TABLE t (a)',
    'CREATE TEMP TABLE t AS SELECT * FROM orders',
    'REPLACE INTO orders VALUES (1, NULL, NULL, NULL)',
    'VACUUM',
    "VACUUM INTO 'copy.db'",
    "ATTACH 'other.db' AS other",
    'DETACH main',
    'REINDEX',
    'ANALYZE',
    'BEGIN IMMEDIATE',
    'SELECT 1; DELETE FROM orders',
    'SELECT 1;;DELETE FROM orders',
    '/* read */ DELETE FROM orders',
    '-- read\nDELETE FROM orders',
    '(DELETE FROM orders)',
    'EXPLAIN DELETE FROM orders',
    'PRAGMA query_only=OFF',
    'PRAGMA writable_schema=ON',
    'PRAGMA journal_mode=DELETE',
    'PRAGMA main.user_version(9)',
    'PRAGMA user_version',
    'PRAGMA table_info(orders); DELETE FROM orders',
    "SELECT * FROM pragma_query_only('OFF')",
    'SELECT * FROM "PRAGMA_database_list"',
    "SELECT load_extension('x')",
    "SELECT fts3_tokenizer('simple')",
    '',
    ';',
    'SELECT 1\0; DELETE FROM orders',
    'ＳＥＬＥＣＴ 1',
  ])('refuses %j and changes nothing', async (sql) => {
    const dir = shopDir();
    const before = shopRows(dir);
    const { ok } = await askerOf({ dir, spec: SPEC })(sql);
    expect(ok).toBe(false);
    expect(shopRows(dir)).toEqual(before);
    expect(readdirSync(dir)).toEqual(['shop.db']);
  });

  it.each([
    ['select 1', [[1]]],
    ['  -- a note\n/* and another */ SELECT 2 ;', [[2]]],
    ["SELECT 'DELETE FROM orders; DROP TABLE x'", [['DELETE FROM orders; DROP TABLE x']]],
    ['VALUES (1), (2)', [[1], [2]]],
    ['WITH t AS (SELECT 7 AS x) SELECT x FROM t', [[7]]],
    ["SELECT count(*) AS attach_pragma FROM orders WHERE note IS NOT 'update'", [[3]]],
  ])('lets %j through', async (sql, rows) => {
    const answer = await askerOf({ dir: shopDir(), spec: SPEC })(sql);
    expect(answer.rows).toEqual(rows);
  });

  it('tells what tables and columns there are', async () => {
    const ask = askerOf({ dir: shopDir(), spec: SPEC });
    expect((await ask('PRAGMA table_info(orders)')).rows?.map((row) => row[1])).toEqual([
      'id',
      'customer',
      'total',
      'note',
    ]);
    expect((await ask("SELECT name FROM pragma_table_info('orders') LIMIT 1")).rows).toEqual([['id']]);
    expect((await ask('EXPLAIN QUERY PLAN SELECT * FROM orders')).text).toContain('SCAN orders');
  });

  it('says what is wrong with a statement', async () => {
    const { ok, text } = await askerOf({ dir: shopDir(), spec: SPEC })('SELECT nmae FROM orders');
    expect([ok, text]).toEqual([false, 'no such column: nmae']);
  });

  it('stops a query that does not end at its time limit, while this process goes on', async () => {
    const ask = askerOf({ dir: shopDir(), spec: { ...SPEC, timeoutSeconds: 1 } });
    const started = performance.now();
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 10);
    const { ok, text } = await ask(
      'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c',
    );
    clearInterval(counting);
    expect([ok, text.slice(0, 37)]).toEqual([false, 'the query took longer than 1 s and wa']);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(turns).toBeGreaterThan(20);
  });

  it('stops a query that eats memory', async () => {
    const ask = askerOf({ dir: shopDir(), spec: { ...SPEC, timeoutSeconds: 25 } });
    const many = 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 100000)';
    const { ok, text } = await ask(
      `${many} SELECT length(b) FROM (SELECT x || hex(zeroblob(500000)) AS b FROM c ORDER BY b)`,
    );
    expect([ok, text]).toEqual([false, expect.stringContaining('more than 512 MB of memory and was stopped')]);
  });

  it('kills the worker when the call is stopped', async () => {
    const controller = new AbortController();
    const ask = askerOf({ dir: shopDir(), spec: { ...SPEC, timeoutSeconds: 60 }, signal: controller.signal });
    const asked = ask('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c');
    setTimeout(() => controller.abort(), 300);
    const started = performance.now();
    expect(await asked).toMatchObject({ ok: false, text: 'the query was stopped with the call' });
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(workersOf(process.pid)).toEqual([]);
  });

  it('answers many questions at once', async () => {
    const ask = askerOf({ dir: shopDir(), spec: SPEC });
    const answers = await Promise.all(
      [1, 2, 3, 1, 2, 3].map((id) => ask('SELECT customer FROM orders WHERE id = ?', [id])),
    );
    expect(answers.map(({ rows }) => rows?.[0]?.[0])).toEqual(['Ada', 'Bob', 'Cleo', 'Ada', 'Bob', 'Cleo']);
  });

  it('refuses a connection whose access file restricts fields', async () => {
    const restriction = { entity: 'order', field: 'customer', policy: 'never_retrieve' } as const;
    const ask = askerOf({ dir: shopDir(), spec: SPEC, connection: { fieldRestrictions: [restriction] } });
    expect((await ask('SELECT 1')).text).toContain('restricts fields, which cannot be held over SQL');
  });

  it('refuses a connection that is no database', async () => {
    const ask = askerOf({ spec: {}, connection: { protocol: 'http' } });
    expect((await ask('SELECT 1')).text).toContain('is not a database');
  });
});

describe('the file of a SQLite connection', () => {
  it('is told when it is missing, by the name in the file', async () => {
    const dir = shopDir();
    const { ok, text } = await askerOf({ dir, spec: { driver: 'sqlite', file: 'gone.db' } })('SELECT 1');
    expect([ok, text]).toEqual([false, 'connection "db": there is no file gone.db']);
    expect(existsSync(join(dir, 'gone.db'))).toBe(false);
  });

  it.each(['.amodal/state.db', 'link.db', 'hard.db', './.amodal/../.amodal/state.db'])(
    'is never one of the runtime: %s',
    async (file) => {
      const dir = shopDir();
      mkdirSync(join(dir, '.amodal'));
      const state = join(dir, '.amodal/state.db');
      new Database(state).exec('CREATE TABLE runs (id)').close();
      symlinkSync(state, join(dir, 'link.db'));
      linkSync(state, join(dir, 'hard.db'));
      const { ok, text } = await askerOf({ dir, spec: { driver: 'sqlite', file } })('SELECT * FROM runs');
      expect([ok, text]).toEqual([
        false,
        `connection "db": ${file} belongs to the state of the runtime, which no tool reads`,
      ]);
    },
  );

  it('may be named by a variable', async () => {
    const dir = shopDir();
    const ask = askerOf({ dir, spec: { driver: 'sqlite', file: 'env:SHOP' }, env: { SHOP: join(dir, 'shop.db') } });
    expect((await ask('SELECT count(*) FROM orders')).rows).toEqual([[3]]);
  });
});

/** The workers that this process has started and that still live (Linux). */
function workersOf(parent: number): readonly string[] {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sql-worker'));
}
