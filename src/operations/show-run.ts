import { requireRun } from './find-run.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';
import { rehearsalView } from './rehearsal-view.ts';
import { requireAutomationOrHistory } from './require-history.ts';
import { runFiles } from './run-files.ts';
import { runView } from './run-view.ts';
import type { RunDetail } from './views.ts';

/** More targets than this on one run are not shown. */
const DELIVERIES_PER_RUN = 100;

/** The runs of an automation, newest first; also of one whose file is gone. */
export function historyOf(ports: OperationsPorts): Operations['historyOf'] {
  return async (name, { limit, before }) => {
    const runs = await ports.database.listRuns({ automation: name, limit, before });
    if (runs.length === 0) await requireAutomationOrHistory(ports, name);
    return Promise.all(
      runs.map(async (run) =>
        runView(run, await ports.database.listDeliveries({ run: run.id, limit: DELIVERIES_PER_RUN })),
      ),
    );
  };
}

/** One run whole: its event, its writes and what became of them, its result. */
export function showRun(ports: OperationsPorts): Operations['showRun'] {
  const { database } = ports;
  return async (id): Promise<RunDetail> => {
    const run = await requireRun(database, id);
    const [event, writes, deliveries, files, rehearsal, inConversation] = await Promise.all([
      database.getRunEvent(id),
      database.listWrites(id),
      database.listDeliveries({ run: id, limit: DELIVERIES_PER_RUN }),
      runFiles(ports, id),
      rehearsalView(database, run),
      database.getRunTurn(id),
    ]);
    return {
      ...runView(run, deliveries),
      fileHash: run.provenance?.fileHash ?? null,
      result: run.result ?? null,
      steps: run.steps,
      toolCalls: run.toolCalls,
      refusals: run.refusals,
      writes: writes.map(({ outcome, ...call }) => {
        const { result = 'unknown', status = null, error = null } = outcome ?? {};
        return { ...call, outcome: result, status, error };
      }),
      requestedBy: run.requestedBy ?? null,
      replayOf: run.replayOf ?? null,
      session: inConversation?.conversation.id ?? null,
      ...rehearsal,
      event: event?.body ?? null,
      files,
    };
  };
}
