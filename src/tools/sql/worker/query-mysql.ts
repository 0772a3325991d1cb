import mysql from 'mysql2';
import type { ServerTarget, SqlAnswer } from '../sql-job.ts';
import { statementRefusal } from '../statement-refusal.ts';
import { mysqlExcess } from './mysql-excess.ts';
import { openDatabaseSocket } from './open-database-socket.ts';
import { createTable, type Query } from './table.ts';

/**
 * One statement on MySQL or MariaDB: a connection of its own, a user that may only read (anything more is refused), a
 * read-only transaction that is never committed, prepared (which takes one statement), the server's own time limit.
 */
export async function queryMysql(target: ServerTarget, query: Query): Promise<SqlAnswer> {
  const refusal = statementRefusal('mysql', query.sql);
  if (refusal) return { ok: false, error: refusal };
  const connection = await connect(target, query.timeoutMs);
  await limitTime(connection, query.timeoutMs);
  const excess = await mysqlExcess((sql) => ask(connection, sql));
  if (excess) return { ok: false, error: excess };
  await ask(connection, 'START TRANSACTION READ ONLY');
  return stream(connection, query);
}

async function connect(target: ServerTarget, timeoutMs: number): Promise<mysql.Connection> {
  const { host, port, user, password, database } = target;
  const { socket, tls } = await openDatabaseSocket(target, timeoutMs);
  const connection = mysql.createConnection({
    host,
    port,
    user,
    password,
    database,
    stream: socket,
    ...(tls ? { ssl: { ...tls, verifyIdentity: tls.rejectUnauthorized } } : {}),
    connectTimeout: timeoutMs,
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    supportBigNumbers: true,
    dateStrings: true,
  });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  // A broken connection also fails the query that is under way.
  connection.on('error', () => {});
  return connection;
}

/** MySQL and MariaDB name the limit differently, and count it in different units. */
async function limitTime(connection: mysql.Connection, timeoutMs: number): Promise<void> {
  try {
    await ask(connection, `SET SESSION max_execution_time = ${timeoutMs}`);
  } catch {
    await ask(connection, `SET SESSION max_statement_time = ${timeoutMs / 1000}`);
  }
}

function ask(connection: mysql.Connection, sql: string): Promise<readonly (readonly unknown[])[]> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, rowsAsArray: true }, (error, rows) => {
      if (error) reject(error);
      else resolve(Array.isArray(rows) ? (rows as unknown as unknown[][]) : []);
    });
  });
}

function stream(connection: mysql.Connection, { sql, params, ...rest }: Query): Promise<SqlAnswer> {
  const table = createTable({ sql, params, ...rest });
  let columns: readonly string[] = [];
  return new Promise((resolve) => {
    const running = connection.execute({ sql, values: [...params], rowsAsArray: true });
    running.on('fields', (fields: readonly mysql.FieldPacket[] | undefined) => {
      columns = (fields ?? []).map(({ name }) => name);
    });
    running.on('result', (row: unknown) => {
      if (Array.isArray(row) && !table.add(row)) resolve(table.answer(columns));
    });
    running.on('end', () => resolve(table.answer(columns)));
    running.on('error', (error: mysql.QueryError) => resolve({ ok: false, error: `${error.message} (${error.code})` }));
  });
}
