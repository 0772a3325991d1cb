import { type AlertState, type AutomationState, newAutomationState } from '../../domain/automation-state.ts';
import type { Connection } from './connection.ts';

interface StateRow {
  readonly automation: string;
  readonly paused: string | null;
  readonly next_fire: number | null;
  readonly fired_through: number | null;
  readonly schedule_hash: string | null;
  readonly accounted_from: number | null;
  readonly last_success_started_at: number | null;
  readonly last_run_summary: string | null;
  readonly alert: string;
  readonly webhook_generation: number;
  readonly webhook_grace_until: number | null;
}

/** The stored state, or that of an automation of which nothing is known yet (primary key). */
export function readState(connection: Connection, automation: string): AutomationState {
  const row = connection.get<StateRow>('SELECT * FROM automations WHERE automation = ?', automation);
  return row ? toState(row) : newAutomationState(automation);
}

export function readStates(connection: Connection): readonly AutomationState[] {
  return connection.all<StateRow>('SELECT * FROM automations ORDER BY automation').map(toState);
}

/** Writes the whole state, which was read in the same transaction. */
export function saveState(connection: Connection, state: AutomationState): void {
  connection.run(
    `INSERT INTO automations (automation, paused, next_fire, fired_through, schedule_hash, accounted_from,
       last_success_started_at, last_run_summary, alert, webhook_generation, webhook_grace_until)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (automation) DO UPDATE SET paused = excluded.paused, next_fire = excluded.next_fire,
       fired_through = excluded.fired_through, schedule_hash = excluded.schedule_hash,
       accounted_from = excluded.accounted_from,
       last_success_started_at = excluded.last_success_started_at, last_run_summary = excluded.last_run_summary,
       alert = excluded.alert, webhook_generation = excluded.webhook_generation,
       webhook_grace_until = excluded.webhook_grace_until`,
    state.automation,
    state.paused ? JSON.stringify(state.paused) : null,
    state.nextFire ?? null,
    state.firedThrough ?? null,
    state.scheduleHash ?? null,
    state.accountedFrom ?? null,
    state.lastSuccessStartedAt ?? null,
    state.lastRunSummary ?? null,
    JSON.stringify(state.alert),
    state.webhookGeneration,
    state.webhookGraceUntil ?? null,
  );
}

function toState(row: StateRow): AutomationState {
  return {
    automation: row.automation,
    paused: row.paused === null ? undefined : JSON.parse(row.paused),
    nextFire: row.next_fire ?? undefined,
    firedThrough: row.fired_through ?? undefined,
    scheduleHash: row.schedule_hash ?? undefined,
    accountedFrom: row.accounted_from ?? undefined,
    lastSuccessStartedAt: row.last_success_started_at ?? undefined,
    lastRunSummary: row.last_run_summary ?? undefined,
    alert: JSON.parse(row.alert) as AlertState,
    webhookGeneration: row.webhook_generation,
    webhookGraceUntil: row.webhook_grace_until ?? undefined,
  };
}
