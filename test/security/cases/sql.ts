import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { askerOf, shopDir, shopRows } from '../../tools/sql/ask-sql.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

export const sqlCases: AttackCase[] = [];
const attack = attacksInto(sqlCases);

const SPEC = { driver: 'sqlite', file: 'shop.db' };

/** Each statement is refused and the file is as it was, with nothing beside it. */
async function changesNothing(statements: readonly string[]): Promise<void> {
  const dir = shopDir();
  const before = [shopRows(dir), readdirSync(dir)];
  const ask = askerOf({ dir, spec: SPEC });
  for (const sql of statements) expect([sql, (await ask(sql)).ok]).toEqual([sql, false]);
  expect([shopRows(dir), readdirSync(dir)]).toEqual(before);
}

/** Refused before any connection is made: there is no such server. */
async function refusedOnPostgres(statements: readonly string[]): Promise<void> {
  const ask = askerOf({ spec: { driver: 'postgres', url: 'env:URL' }, env: { URL: 'postgres://a:b@127.0.0.1:9/x' } });
  for (const sql of statements) expect((await ask(sql)).text, sql).toMatch(/Refused by the runtime/);
}

attack('SQL-01', 'a common table expression changes nothing', async () => {
  await changesNothing([
    'WITH x AS (SELECT 1) DELETE FROM orders',
    'WITH x AS (SELECT 1) INSERT INTO orders SELECT 9, 9, 9, 9 RETURNING *',
    'DELETE FROM orders RETURNING *',
    'UPDATE orders SET total = 0',
  ]);
});

attack('SQL-03', 'a second statement is not run', async () => {
  await changesNothing([
    'SELECT 1; DELETE FROM orders',
    'SELECT 1; COMMIT; INSERT INTO orders VALUES (9, 9, 9, 9)',
    'SELECT 1 /* ; */; DELETE FROM orders -- x',
    ';DELETE FROM orders',
    'BEGIN; DELETE FROM orders; COMMIT',
  ]);
});

attack('SQL-05', 'files and programs are out of reach', async () => {
  await changesNothing(["VACUUM INTO 'copy.db'", "ATTACH 'other.db' AS o", "SELECT load_extension('x')"]);
  await refusedOnPostgres([
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "COPY orders TO './x'",
    'BEGIN READ WRITE',
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
    'DO $$ BEGIN DELETE FROM t; END $$',
  ]);
});

attack('SQL-09', 'no pragma but those that describe tables', async () => {
  await changesNothing([
    'PRAGMA query_only=OFF',
    'PRAGMA writable_schema=ON',
    'PRAGMA journal_mode=DELETE',
    'PRAGMA wal_checkpoint',
    'PRAGMA user_version=9',
    'PRAGMA mmap_size=1',
  ]);
  const ask = askerOf({ dir: shopDir(), spec: SPEC });
  expect((await ask('PRAGMA table_info(orders)')).ok).toBe(true);
});

attack('SQL-11', 'a statement without end is killed, and nobody waits for it', async () => {
  const ask = askerOf({ dir: shopDir(), spec: { ...SPEC, timeoutSeconds: 1 } });
  const lag = monitorEventLoopDelay({ resolution: 5 });
  const endless = [
    'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c',
    'SELECT length(hex(zeroblob(1000000000)))',
  ];
  lag.enable();
  const started = performance.now();
  const answers = await Promise.all(endless.map((sql) => ask(sql)));
  lag.disable();
  expect(answers.map(({ ok }) => ok)).toEqual([false, false]);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(lag.percentile(99) / 1e6).toBeLessThan(250);
});

attack('SQL-13', "the runtime's own state is no database for a query", async () => {
  const dir = shopDir();
  mkdirSync(join(dir, '.amodal'));
  new Database(join(dir, '.amodal/amodal.db')).exec('CREATE TABLE runs (id)').close();
  for (const file of ['.amodal/amodal.db', './x/../.amodal/amodal.db', join(dir, '.amodal/amodal.db')]) {
    const { ok } = await askerOf({ dir, spec: { driver: 'sqlite', file } })('SELECT * FROM runs');
    expect([file, ok]).toEqual([file, false]);
  }
  expect((await askerOf({ dir, spec: SPEC })('SELECT * FROM runs')).ok).toBe(false);
  expect(existsSync(join(dir, '.amodal/amodal.db'))).toBe(true);
});
