import type { AutomationState } from '../../domain/automation-state.ts';
import { newAutomationState } from '../../domain/automation-state.ts';
import type { ScheduleDefinition } from '../../domain/ports/run-queue.ts';
import type { Connection } from './connection.ts';
import { endQueuedRun } from './end-run.ts';
import type { RunRow } from './run-row.ts';
import { readStates, saveState } from './state-row.ts';

/** Brings stored schedules in line with the active bundle; what stayed the same keeps its stored next fire. */
export function syncSchedules(connection: Connection, definitions: readonly ScheduleDefinition[], now: number): void {
  const stored = new Map(readStates(connection).map((state) => [state.automation, state]));
  const defined = new Set(definitions.map(({ automation }) => automation));
  for (const { automation, scheduleHash, nextFire } of definitions) {
    const state = stored.get(automation) ?? newAutomationState(automation);
    if (state.scheduleHash !== scheduleHash) {
      replaceSchedule(connection, { ...state, scheduleHash, nextFire, accountedFrom: now }, now);
    } else if (state.nextFire === undefined && nextFire !== undefined) {
      // Resumed while its file was broken: it fires again from the repair on.
      saveState(connection, { ...state, nextFire, accountedFrom: now });
    }
  }
  for (const state of stored.values()) {
    if (state.scheduleHash === undefined || defined.has(state.automation)) continue;
    replaceSchedule(
      connection,
      { ...state, scheduleHash: undefined, nextFire: undefined, accountedFrom: undefined },
      now,
    );
  }
}

function replaceSchedule(connection: Connection, state: AutomationState, now: number): void {
  saveState(connection, state);
  for (const row of waitingOccurrences(connection, state.automation)) {
    endQueuedRun(connection, row, { status: 'skipped', reason: 'withdrawn' }, now);
  }
}

/** Index `runs_waiting`. An occurrence that has begun already (a retry waits) is no mere plan any more and stays. */
function waitingOccurrences(connection: Connection, automation: string): readonly RunRow[] {
  return connection.all<RunRow>(
    `SELECT * FROM runs WHERE automation = ? AND status = 'queued' AND trigger = 'cron'
       AND attempt = 0 AND interruptions = 0`,
    automation,
  );
}
