import { isTerminal, type Run, type RunId } from '../domain/run.ts';
import type { OperationsPorts } from './ports.ts';

type Ports = Pick<OperationsPorts, 'database' | 'watch' | 'clock'>;

/**
 * The run as it stands when it ended, when the time was over, or when one of the signals aborted, whichever came
 * first. Costs one timer and no polling; the run goes on whatever happens to the caller.
 */
export async function waitForRun(
  { database, watch, clock }: Ports,
  id: RunId,
  options: { readonly seconds: number; readonly signals: readonly AbortSignal[] },
): Promise<Run | undefined> {
  const release = new AbortController();
  const open = () => release.abort();
  const unwatch = watch.onRun(id, (change) => {
    if (change.type === 'ended') open();
  });
  for (const signal of options.signals) signal.addEventListener('abort', open, { once: true });
  try {
    const already = await database.getRun(id);
    if (!already || isTerminal(already.status) || options.signals.some(({ aborted }) => aborted)) return already;
    await clock.sleep(options.seconds * 1000, release.signal);
    return await database.getRun(id);
  } finally {
    unwatch();
    for (const signal of options.signals) signal.removeEventListener('abort', open);
    open();
  }
}
