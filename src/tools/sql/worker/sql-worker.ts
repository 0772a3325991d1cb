import type { SqlAnswer, SqlJob } from '../sql-job.ts';
import { startWatchdog } from './watchdog.ts';

/** The whole life of a worker process: one job in, one answer out, exit. */
const job = JSON.parse(await readAll()) as SqlJob;
await startWatchdog(job);
const text = JSON.stringify(await answerTo(job));
process.stdout.write(text, () => process.exit(0));

async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function answerTo({ target, ...query }: SqlJob): Promise<SqlAnswer> {
  try {
    switch (target.driver) {
      case 'sqlite':
        return (await import('./query-sqlite.ts')).querySqlite(target, query);
      case 'postgres':
        return await (await import('./query-postgres.ts')).queryPostgres(target, query);
      case 'mysql':
        return await (await import('./query-mysql.ts')).queryMysql(target, query);
    }
  } catch (error) {
    return {
      ok: false,
      error: error instanceof Error ? error.message || String(Reflect.get(error, 'code')) : String(error),
    };
  }
}
