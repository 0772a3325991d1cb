import type { Socket } from 'node:net';
import pg from 'pg';
import type { ServerTarget, SqlAnswer } from '../sql-job.ts';
import { statementRefusal } from '../statement-refusal.ts';
import { openDatabaseSocket } from './open-database-socket.ts';
import { postgresExcess } from './postgres-excess.ts';
import { createTable, type Query } from './table.ts';

/** Types that become JavaScript values; every other one stays the server's own text. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't',
  20: BigInt,
  21: Number,
  23: Number,
  700: Number,
  701: Number,
  114: JSON.parse,
  3802: JSON.parse,
};

/**
 * One statement on Postgres: a connection of its own, a role that may only read (anything more is refused), a read-only
 * transaction that is never committed, the extended protocol (which takes one statement), the server's own time limit.
 */
export async function queryPostgres(target: ServerTarget, query: Query): Promise<SqlAnswer> {
  const refusal = statementRefusal('postgres', query.sql);
  if (refusal) return { ok: false, error: refusal };
  const client = await connect(target, query.timeoutMs);
  await client.query(settings(query.timeoutMs));
  const excess = await postgresExcess(client);
  if (excess) return { ok: false, error: excess };
  // The second statement fixes the mode: after a first query nothing can make this transaction writable.
  await client.query('BEGIN TRANSACTION READ ONLY; SELECT 1');
  return stream(client, query);
}

async function connect(target: ServerTarget, timeoutMs: number): Promise<pg.Client> {
  const { host, port, user, password, database } = target;
  const { socket, tls } = await openDatabaseSocket(target, timeoutMs);
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    database,
    ssl: tls ?? false,
    stream: () => adopted(socket),
    application_name: 'amodal',
    types: { getTypeParser: (type: number) => PARSERS[type] ?? String },
  } as pg.ClientConfig);
  // A broken connection also rejects the query that is under way.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** The driver wants to connect by itself; this socket already is. */
function adopted(socket: Socket): Socket {
  socket.connect = () => {
    setImmediate(() => socket.emit('connect'));
    return socket;
  };
  return socket;
}

function settings(timeoutMs: number): string {
  return [
    'SET default_transaction_read_only = on',
    `SET statement_timeout = ${timeoutMs}`,
    `SET lock_timeout = ${timeoutMs}`,
    `SET idle_in_transaction_session_timeout = ${timeoutMs}`,
    "SET bytea_output = 'hex'",
  ].join('; ');
}

function stream(client: pg.Client, query: Query): Promise<SqlAnswer> {
  const table = createTable(query);
  const config = { text: query.sql, values: [...query.params], rowMode: 'array', queryMode: 'extended' };
  return new Promise((resolve) => {
    const running = client.query(new pg.Query(config as pg.QueryArrayConfig));
    const columns = (result: pg.ResultBuilder | undefined) => (result?.fields ?? []).map(({ name }) => name);
    running.on('row', (row: unknown, result) => {
      if (!table.add(row as unknown[])) resolve(table.answer(columns(result)));
    });
    running.on('end', (result) => resolve(table.answer(columns(result))));
    running.on('error', (error) => resolve({ ok: false, error: explain(error as pg.DatabaseError) }));
  });
}

function explain({ message, code, hint, position }: pg.DatabaseError): string {
  const where = position ? ` at character ${position}` : '';
  return `${message}${where}${code ? ` (${code})` : ''}${hint ? `; hint: ${hint}` : ''}`;
}
