import { readJob, writeAnswer } from '../../worker/job.ts';
import { startWatchdog } from '../../worker/watchdog.ts';
import type { DriftAnswer, DriftJob } from '../drift-job.ts';

/** The whole life of a worker process: two descriptions in, their differences out, exit. */
const job = (await readJob()) as DriftJob;
await startWatchdog(job);
writeAnswer(await answerTo(job));

async function answerTo({ format, stored, live }: DriftJob): Promise<DriftAnswer> {
  try {
    switch (format) {
      case 'openapi':
        return { ok: true, drift: (await import('./compare-openapi.ts')).compareOpenapi(stored, live) };
      case 'graphql':
        return { ok: true, drift: (await import('./compare-graphql.ts')).compareGraphql(stored, live) };
    }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
