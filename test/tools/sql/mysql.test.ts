import mysql from 'mysql2';
import { afterAll, describe, expect, test } from 'vitest';
import { askerOf } from './ask-sql.ts';
import { mysqlStub } from './mysql-stub.ts';

const MULTI_STATEMENTS = 0x10000;
const LOCAL_FILES = 0x80;

describe('what sql_query says to MySQL', () => {
  test('is a time limit, the question of rights, a read-only transaction, and one prepared statement', async () => {
    const { url, statements, flags } = await mysqlStub(['USAGE', 'SELECT']);
    const { ok, text } = await askerOf({ spec: { driver: 'mysql', url } })('SELECT * FROM orders');
    expect([ok, text]).toEqual([false, "Table 'shop.orders' doesn't exist (ER_NO_SUCH_TABLE)"]);
    expect(statements).toEqual([
      'SET SESSION max_execution_time = 5000',
      expect.stringContaining('information_schema.user_privileges'),
      'START TRANSACTION READ ONLY',
      'prepared: SELECT * FROM orders',
    ]);
    expect(flags.map((flag) => flag & (MULTI_STATEMENTS | LOCAL_FILES))).toEqual([0]);
  });

  test.each(['FILE', 'INSERT', 'SUPER', 'EXECUTE'])('ends when its user has the privilege %s', async (privilege) => {
    const { url, statements } = await mysqlStub(['SELECT', privilege]);
    const { ok, text } = await askerOf({ spec: { driver: 'mysql', url } })('SELECT 1');
    expect([ok, text]).toEqual([false, expect.stringContaining(`has the privilege ${privilege}`)]);
    expect(statements.filter((sql) => sql.startsWith('prepared'))).toEqual([]);
  });

  test.each([
    'DELETE FROM orders',
    '/*!50000 DELETE FROM orders */',
    'SELECT 1 /*!50000 INTO OUTFILE "/tmp/x" */',
    "SELECT * FROM orders INTO OUTFILE '/tmp/x'",
    "SELECT load_file('/etc/passwd')",
    'SELECT sleep(100)',
    '# read\nDELETE FROM orders',
    'SET GLOBAL read_only = 0',
    "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE orders",
  ])('is nothing at all for %j', async (sql) => {
    const { url, statements } = await mysqlStub(['SELECT']);
    expect(await askerOf({ spec: { driver: 'mysql', url } })(sql)).toMatchObject({ ok: false });
    expect(statements).toEqual([]);
  });
});

/** Of a throwaway server, as a user that may create users, e.g. `mysql://root:pw@127.0.0.1:3306`. */
const admin = process.env.AMODAL_TEST_MYSQL_URL;
if (!admin) console.warn('SKIPPED: sql_query on a real MySQL: AMODAL_TEST_MYSQL_URL names no server');

describe.skipIf(!admin)('sql_query on MySQL', async () => {
  const sql = async (...statements: readonly string[]) => {
    const connection = mysql.createConnection({ uri: admin ?? '', multipleStatements: false });
    try {
      for (const statement of statements) await connection.promise().query(statement);
      const [rows] = await connection.promise().query('SELECT count(*) AS n FROM amodal_test.orders');
      return rows;
    } finally {
      connection.destroy();
    }
  };
  if (admin) {
    await sql(
      'DROP DATABASE IF EXISTS amodal_test',
      'CREATE DATABASE amodal_test',
      'CREATE TABLE amodal_test.orders (id bigint PRIMARY KEY, customer varchar(50), total decimal(12, 2), at datetime)',
      "INSERT INTO amodal_test.orders VALUES (1, 'Ada', 10.50, '2026-01-05 09:00:00'), (9007199254740993, 'Bob', 20, NULL)",
      "DROP USER IF EXISTS 'amodal_reader'@'%'",
      "CREATE USER 'amodal_reader'@'%' IDENTIFIED BY 'reader-password-1'",
      "GRANT SELECT ON amodal_test.* TO 'amodal_reader'@'%'",
    );
  }
  afterAll(() => sql("DROP USER 'amodal_reader'@'%'"));

  const ask = (spec: Readonly<Record<string, unknown>> = {}) => {
    const url = new URL(admin ?? 'mysql://x');
    url.username = 'amodal_reader';
    url.password = 'reader-password-1';
    url.pathname = '/amodal_test';
    return askerOf({ spec: { driver: 'mysql', url: url.href, ...spec }, connection: { allowPrivateNetwork: true } });
  };

  test('answers a table, with numbers that lose nothing', async () => {
    const { columns, rows } = await ask()('SELECT id, customer, total, at FROM orders WHERE id > ? ORDER BY id', [0]);
    expect(columns).toEqual(['id', 'customer', 'total', 'at']);
    expect(rows).toEqual([
      [1, 'Ada', '10.50', '2026-01-05 09:00:00'],
      ['9007199254740993', 'Bob', '20.00', null],
    ]);
  });

  test.each(['WITH d AS (SELECT 1) DELETE FROM orders', 'SELECT 1; DELETE FROM orders', 'SELECT 1; COMMIT'])(
    'refuses %j and changes nothing',
    async (statement) => {
      expect(await ask()(statement)).toMatchObject({ ok: false });
      expect(await sql()).toEqual([{ n: 2 }]);
    },
  );

  test('refuses a user who may do more', async () => {
    const { ok, text } = await askerOf({
      spec: { driver: 'mysql', url: `${admin}/amodal_test` },
      connection: { allowPrivateNetwork: true },
    })('SELECT 1');
    expect([ok, text]).toEqual([false, expect.stringContaining('goes beyond reading')]);
  });

  test('stops a slow query', async () => {
    const { ok } = await ask({ timeoutSeconds: 1 })(
      'WITH RECURSIVE c AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM c WHERE x < 900) SELECT count(*) FROM c a, c b, c d, c e',
    );
    expect(ok).toBe(false);
  });
});
