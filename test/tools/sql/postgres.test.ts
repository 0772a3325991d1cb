import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { postgresServer } from '../../support/postgres-server.ts';
import { askerOf } from './ask-sql.ts';

const server = await postgresServer();
afterAll(() => server?.stop());

const READER = { user: 'reader', password: 'reader-password-1' };
const LOOT = join(tmpdir(), `amodal-loot-${process.pid}`);

await server?.sql(`
  CREATE TABLE orders (id int PRIMARY KEY, customer text, total numeric(12, 2), at timestamptz, tags jsonb, big bigint);
  INSERT INTO orders VALUES (1, 'Ada', 10.50, '2026-01-05T09:00:00Z', '{"a": [1]}', 9007199254740993),
    (2, 'Bob', 20, NULL, NULL, 7), (3, 'Cleo', 0.25, NULL, NULL, NULL);
  CREATE SEQUENCE tickets;
  CREATE FUNCTION wipe() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM orders RETURNING 1';
  CREATE ROLE reader LOGIN PASSWORD 'reader-password-1';
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
  GRANT USAGE ON SEQUENCE tickets TO reader;
  CREATE ROLE writer LOGIN PASSWORD 'writer-password-1';
  GRANT SELECT, INSERT ON orders TO writer;
  CREATE ROLE column_writer LOGIN PASSWORD 'writer-password-1';
  GRANT UPDATE (customer) ON orders TO column_writer;
  CREATE ROLE group_member LOGIN NOINHERIT PASSWORD 'writer-password-1';
  GRANT writer TO group_member;
  CREATE ROLE owning LOGIN PASSWORD 'writer-password-1';
  CREATE TABLE owned (id int);
  ALTER TABLE owned OWNER TO owning;
  REVOKE ALL ON owned FROM owning;
  CREATE ROLE file_reader LOGIN PASSWORD 'writer-password-1';
  GRANT pg_read_server_files TO file_reader;
`);

const state = () =>
  server?.sql('SELECT (SELECT json_agg(o) FROM orders o) AS orders, (SELECT last_value FROM tickets) AS ticket');

function reader(spec: Readonly<Record<string, unknown>> = {}, signal?: AbortSignal) {
  const env = { SHOP_URL: server?.url(READER.user, READER.password) ?? '' };
  return askerOf({ spec: { driver: 'postgres', url: 'env:SHOP_URL', ...spec }, env, signal });
}

describe.skipIf(!server)('sql_query on Postgres', () => {
  test('answers a table, with numbers that lose nothing', async () => {
    const { columns, rows } = await reader()(
      'SELECT id, customer, total, at, tags, big, id = 1 AS is_first FROM orders ORDER BY id',
    );
    expect(columns).toEqual(['id', 'customer', 'total', 'at', 'tags', 'big', 'is_first']);
    expect(rows).toEqual([
      [1, 'Ada', '10.50', expect.stringMatching(/^2026-01-05 /), { a: [1] }, '9007199254740993', true],
      [2, 'Bob', '20.00', null, null, 7, false],
      [3, 'Cleo', '0.25', null, null, null, false],
    ]);
  });

  test('names the columns of an empty table', async () => {
    expect(await reader()('SELECT id, customer FROM orders WHERE false')).toMatchObject({
      columns: ['id', 'customer'],
      rows: [],
    });
  });

  test('binds parameters', async () => {
    const { rows } = await reader()('SELECT customer FROM orders WHERE id = $1 AND customer = $2', [2, 'Bob']);
    expect(rows).toEqual([['Bob']]);
  });

  test('cuts a long answer before it is whole', async () => {
    const { rows, note } = await reader({ maxRows: 10 })('SELECT generate_series(1, 50000000)');
    expect(rows).toHaveLength(10);
    expect(note).toContain('at the cap of 10 rows');
  });

  test.each([
    'DELETE FROM orders',
    'WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d',
    'WITH i AS (INSERT INTO orders VALUES (9) RETURNING id) SELECT * FROM i',
    'SELECT * INTO copy FROM orders',
    'SELECT 1; DELETE FROM orders',
    'SELECT 1; COMMIT; BEGIN READ WRITE; DELETE FROM orders; COMMIT',
    'SELECT $$;$$; DELETE FROM orders',
    "SELECT '--'; DELETE FROM orders --'",
    '/* /* */ */ DELETE FROM orders',
    'begin read write',
    'SET TRANSACTION READ WRITE',
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT U&\"set\\005fconfig\"('transaction_read_only', 'off', false)",
    'SELECT wipe()',
    "SELECT nextval('tickets')",
    'SELECT U&"next\\0076al"(\'tickets\')',
    `COPY (SELECT 1) TO PROGRAM 'touch ${LOOT}'`,
    `COPY orders TO '${LOOT}'`,
    `EXPLAIN ANALYZE DELETE FROM orders`,
    `DO $$ BEGIN DELETE FROM orders; END $$`,
    `CALL wipe()`,
    "SELECT pg_read_file('/etc/passwd')",
    'SELECT U&"pg_read_\\0066ile"(\'/etc/passwd\')',
    "SELECT lo_import('/etc/passwd')",
    `SELECT lo_export(1, '${LOOT}')`,
    "SELECT pg_ls_dir('.')",
    'SELECT pg_sleep(30)',
    'SELECT pg_advisory_lock(1)',
    "SELECT query_to_xml('DELETE FROM orders', true, true, '')",
    'CREATE TEMP TABLE t (a int)',
    'LOCK TABLE orders',
    'NOTIFY news',
    'SELECT 1 FROM orders FOR UPDATE',
  ])('refuses %j and changes nothing', async (sql) => {
    const before = await state();
    const { ok } = await reader()(sql);
    expect(ok).toBe(false);
    expect(await state()).toEqual(before);
    expect(existsSync(LOOT)).toBe(false);
    rmSync(LOOT, { force: true });
  });

  test('says what is wrong with a statement', async () => {
    const { ok, text } = await reader()('SELECT nmae FROM orders');
    expect([ok, text]).toEqual([false, 'column "nmae" does not exist at character 8 (42703)']);
  });

  test.each(['owner', 'writer', 'column_writer', 'group_member', 'owning', 'file_reader'])(
    'refuses the role %s, which may do more than read',
    async (user) => {
      const password = user === 'owner' ? 'owner-password' : 'writer-password-1';
      const ask = askerOf({ spec: { driver: 'postgres', url: server?.url(user, password) } });
      const { ok, text } = await ask('SELECT 1');
      expect(ok).toBe(false);
      expect(text).toMatch(/^the role of this connection (has the rights of|owns or may change) /);
      expect(text).toContain('GRANT SELECT');
    },
  );

  test('stops a slow query on the server too', async () => {
    const { ok, text } = await reader({ timeoutSeconds: 1 })(
      'SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b',
    );
    expect([ok, text]).toEqual([false, expect.stringMatching(/longer than 1 s|statement timeout/)]);
    await expect.poll(running, { timeout: 5_000 }).toEqual([]);
  });

  test('leaves nothing running when the call is stopped', async () => {
    const controller = new AbortController();
    const asked = reader(
      { timeoutSeconds: 3 },
      controller.signal,
    )('SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b');
    await expect.poll(running, { timeout: 5_000 }).toHaveLength(1);
    controller.abort();
    expect(await asked).toMatchObject({ ok: false, text: 'the query was stopped with the call' });
    await expect.poll(running, { timeout: 6_000 }).toEqual([]);
  });

  test('shows neither password nor URL when it cannot log in', async () => {
    const url = server?.url('reader', 'wrong-canary-77') ?? '';
    const { ok, text } = await askerOf({ spec: { driver: 'postgres', url: 'env:U' }, env: { U: url } })('SELECT 1');
    expect([ok, text]).toEqual([false, 'password authentication failed for user "reader"']);
  });

  test('does not speak in the clear when the file asks for TLS', async () => {
    const url = `${server?.url(READER.user, READER.password)}?sslmode=require`;
    const { ok, text } = await askerOf({ spec: { driver: 'postgres', url } })('SELECT 1');
    expect([ok, text]).toEqual([false, 'The server does not support SSL connections']);
  });

  test('reaches a name of a private address only when the connection allows it', async () => {
    const url = server?.url(READER.user, READER.password).replace('127.0.0.1', 'localhost') ?? '';
    const ask = (allowPrivateNetwork: boolean) =>
      askerOf({ spec: { driver: 'postgres', url }, connection: { allowPrivateNetwork } })('SELECT 1');
    expect((await ask(false)).text).toContain('set "allowPrivateNetwork": true');
    expect((await ask(true)).rows).toEqual([[1]]);
  });
});

/** Statements of this tool that the server is working on. */
async function running() {
  return server?.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'amodal' AND state = 'active'");
}
