import { readJob, writeAnswer } from '../../worker/job.ts';
import { startWatchdog } from '../../worker/watchdog.ts';
import type { SqlAnswer, SqlJob } from '../sql-job.ts';

/** The whole life of a worker process: one job in, one answer out, exit. */
const job = (await readJob()) as SqlJob;
await startWatchdog(job);
writeAnswer(await answerTo(job));

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
