import type { ReplayMode } from '../../domain/run.ts';
import type { Operations, TriggerResult } from '../../operations/operations.ts';
import type { RunDetail, RunEventView } from '../../operations/views.ts';
import { EXIT_FAILED, EXIT_OK } from '../exit-code.ts';
import { printable } from '../print/printable.ts';
import { rehearsalReport } from '../print/rehearsal.ts';
import { runEventLine } from '../print/run-event.ts';
import { runEndLine } from '../print/runs.ts';
import { bundleDirOf, type Context, printData, remark, withOperations } from './context.ts';

interface TriggerOptions {
  readonly name: string;
  readonly event?: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** Triggers by hand: through the server if one runs (and waits with `--wait`), else in place with its stream. */
export async function triggerAndReport(context: Context, { name, event, wait, dryRun }: TriggerOptions): Promise<void> {
  if (dryRun) return printPreview(context, name, event);
  await report(context, wait, {
    byServer: (operations) => operations.triggerAutomation(name, { event, by: 'cli' }),
    inPlace: { kind: 'trigger', name, event },
  });
}

/** Runs an old run's event and prompt again, the same two ways. */
export async function replayAndReport(
  context: Context,
  id: string,
  { mode, wait }: { readonly mode: ReplayMode; readonly wait: boolean },
): Promise<void> {
  await report(context, wait, {
    byServer: (operations) => operations.replayRun(id, { mode, by: 'cli' }),
    inPlace: { kind: 'replay', run: id, mode },
  });
}

interface Ways {
  readonly byServer: (operations: Operations) => Promise<TriggerResult>;
  readonly inPlace:
    | { kind: 'trigger'; name: string; event?: string }
    | { kind: 'replay'; run: string; mode: ReplayMode };
}

async function report(context: Context, wait: boolean, ways: Ways): Promise<void> {
  const { connect } = await import('../../runtime/connect.ts');
  const { url, token } = context.options();
  const connection = await connect({ dir: bundleDirOf(context), url, token });
  try {
    if (connection.mode === 'state') return await runHere(context, ways.inPlace);
    const triggered = await ways.byServer(connection.operations);
    if (!wait) return printTriggered(context, triggered);
    remark(context, triggeredSentence(triggered));
    const follow = connection.operations.followRun(triggered.run, { signal: context.io.interrupted });
    for await (const event of follow) stream(context, event);
    finish(context, await connection.operations.showRun(triggered.run));
  } finally {
    await connection.close();
  }
}

async function runHere(context: Context, request: Ways['inPlace']): Promise<void> {
  const { runInPlace } = await import('../../runtime/run-in-place.ts');
  remark(context, 'No server runs for this bundle: running in place.');
  const run = await runInPlace({
    dir: bundleDirOf(context),
    request,
    signal: context.io.interrupted,
    onEvent: (event) => stream(context, event),
    onLog: (text) => remark(context, printable(text)),
  });
  finish(context, run);
}

async function printPreview(context: Context, name: string, event: string | undefined): Promise<void> {
  await withOperations(context, async (operations) => {
    const preview = await operations.previewTrigger(name, { event });
    printData(
      context,
      preview,
      ({ system, user }) =>
        `${context.io.style('bold', 'System')}\n${system}\n\n${context.io.style('bold', 'User')}\n${user}\n`,
    );
  });
}

function printTriggered(context: Context, triggered: TriggerResult): void {
  printData(context, triggered, () => `${triggeredSentence(triggered)}\n`);
}

function triggeredSentence({ run, automation, status }: TriggerResult): string {
  switch (status) {
    case 'queued':
      return `Triggered ${automation}: run ${run} is queued. Follow it with: amodal ops runs logs -f ${run}`;
    case 'duplicate':
      return `${automation}: that key has run before as ${run}.`;
    case 'skipped':
      return `${automation}: skipped (${run}), another run is active.`;
  }
}

/** Lines go to stdout; with `--json` stdout is kept for the result, so they go to stderr. */
function stream(context: Context, event: RunEventView): void {
  const line = runEventLine(event, context.io);
  if (!line) return;
  if (context.options().json) remark(context, line);
  else context.io.out(`${line}\n`);
}

function finish(context: Context, run: RunDetail): void {
  context.exit(run.status === 'succeeded' ? EXIT_OK : EXIT_FAILED);
  printData(context, run, () => `${runEndLine(run)}\n${rehearsalReport(run, context.io)}`);
}
