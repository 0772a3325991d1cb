import type { Event } from '../../domain/event.ts';
import type { Provenance, Run, RunReason, RunStatus } from '../../domain/run.ts';
import type { Connection } from './connection.ts';

/** A row of `runs` as SQLite gives it. */
export interface RunRow {
  readonly seq: number;
  readonly id: string;
  readonly automation: string;
  readonly trigger: Run['trigger'];
  readonly status: RunStatus;
  readonly reason: RunReason | null;
  readonly error: string | null;
  readonly instant: number | null;
  readonly instant_to: number | null;
  readonly instant_count: number;
  readonly dedupe_key: string | null;
  readonly available_at: number;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly attempt: number;
  readonly interruptions: number;
  readonly fence: number;
  readonly lease_owner: string | null;
  readonly lease_until: number | null;
  readonly max_active: number;
  readonly cancel_requested: number;
  readonly provenance: string | null;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly cost_usd: number | null;
  readonly steps: number;
  readonly tool_calls: number;
  readonly refusals: number;
  readonly writes_sent: number;
  readonly requested_by: string | null;
  readonly replay_of: string | null;
  readonly replay_mode: Run['replayMode'] | null;
  readonly result: string | null;
}

interface EventRow {
  readonly source: Event['source'];
  readonly format: Event['format'];
  readonly headers: string;
  readonly query: string;
  readonly event_type: string | null;
  readonly title: string | null;
  readonly files: string | null;
  readonly body: string | null;
}

/** The row of a run (index `runs_id`). */
export function findRun(connection: Connection, id: string): RunRow | undefined {
  return connection.get<RunRow>('SELECT * FROM runs WHERE id = ?', id);
}

/** The row of a run that this fence still holds, or undefined when the lease was lost. */
export function findHeldRun(connection: Connection, id: string, fence: number): RunRow | undefined {
  return connection.get<RunRow>("SELECT * FROM runs WHERE id = ? AND fence = ? AND status = 'running'", id, fence);
}

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    automation: row.automation,
    trigger: row.trigger,
    status: row.status,
    reason: row.reason ?? undefined,
    error: row.error ?? undefined,
    instant: row.instant ?? undefined,
    instantTo: row.instant_to ?? undefined,
    instantCount: row.instant_count,
    dedupeKey: row.dedupe_key ?? undefined,
    availableAt: row.available_at || row.created_at,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    attempt: row.attempt,
    interruptions: row.interruptions,
    fence: row.fence,
    leaseOwner: row.lease_owner ?? undefined,
    leaseUntil: row.lease_until ?? undefined,
    maxActive: row.max_active,
    cancelRequested: row.cancel_requested === 1,
    provenance: row.provenance === null ? undefined : (JSON.parse(row.provenance) as Provenance),
    result: row.result ?? undefined,
    usage: { inputTokens: row.input_tokens, outputTokens: row.output_tokens, totalTokens: row.total_tokens },
    costUsd: row.cost_usd,
    steps: row.steps,
    toolCalls: row.tool_calls,
    refusals: row.refusals,
    writesSent: row.writes_sent,
    requestedBy: row.requested_by ?? undefined,
    replayOf: row.replay_of ?? undefined,
    replayMode: row.replay_of === null ? undefined : (row.replay_mode ?? 'live'),
  };
}

/** What started the run (rowid of `events`); undefined for cron. */
export function readEvent(connection: Connection, seq: number): Event | undefined {
  const row = connection.get<EventRow>('SELECT * FROM events WHERE run = ?', seq);
  if (!row) return undefined;
  return {
    source: row.source,
    format: row.format,
    headers: JSON.parse(row.headers),
    query: JSON.parse(row.query),
    eventType: row.event_type ?? undefined,
    title: row.title ?? undefined,
    files: row.files === null ? undefined : JSON.parse(row.files),
    body: row.body ?? undefined,
  };
}

export function insertEvent(connection: Connection, seq: number, event: Event): void {
  connection.run(
    `INSERT INTO events (run, source, format, headers, query, event_type, title, files, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    seq,
    event.source,
    event.format,
    JSON.stringify(event.headers),
    JSON.stringify(event.query),
    event.eventType ?? null,
    event.title ?? null,
    event.files ? JSON.stringify(event.files) : null,
    event.body ?? null,
  );
}
