import { readJob, writeAnswer } from '../../worker/job.ts';
import { startWatchdog } from '../../worker/watchdog.ts';
import type { RenderAnswer, RenderJob, RenderTask } from '../render-job.ts';

/** The whole life of a worker process: one job in, one file out, exit. */
const job = (await readJob()) as RenderJob;
await startWatchdog(job);
writeAnswer(await answerTo(job.task));

async function answerTo(task: RenderTask): Promise<RenderAnswer> {
  try {
    switch (task.type) {
      case 'chart':
        return await (await import('./draw-chart.ts')).drawChart(task);
      case 'pdf':
        return await (await import('./write-pdf.ts')).writePdf(task);
      case 'xlsx':
        return await (await import('./write-xlsx.ts')).writeXlsx(task);
    }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
