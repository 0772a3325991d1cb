import { alertDead } from '../../domain/alert.ts';
import type { AutomationState } from '../../domain/automation-state.ts';
import type { NewDelivery } from '../../domain/delivery.ts';
import type { Faults } from '../../domain/ports/faults.ts';
import type { SettleRun } from '../../domain/ports/run-queue.ts';
import { isRehearsal, type Run } from '../../domain/run.ts';
import type { Settlement } from '../../domain/settle.ts';
import type { NewTranscriptEntry } from '../../domain/transcript.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';
import { insertDeliveries } from './insert-deliveries.ts';
import type { RunRow } from './run-row.ts';
import { saveState } from './state-row.ts';
import { insertEntries } from './transcript.ts';

/** Everything that one end, or one more try, of a run leaves behind. */
export interface SettlementToWrite {
  /** With the figures and counters of the attempt that ended. */
  readonly run: Run;
  readonly settlement: Settlement;
  readonly result: string | undefined;
  readonly deliveries: readonly NewDelivery[];
  readonly alerts: SettleRun['alerts'];
  readonly transcript: readonly NewTranscriptEntry[];
  readonly now: number;
  readonly faults: Faults;
}

/** Writes run, outbox, alert state, transcript and audit within one transaction. */
export function writeSettlement(connection: Connection, row: RunRow, end: SettlementToWrite): void {
  const { run, settlement, now } = end;
  const alerts = settlement.alert ? end.alerts(settlement.alert, settlement) : [];
  if (isRehearsal(run)) {
    writeRehearsal(connection, row, { end, alerts });
    return;
  }
  if (alerts.length > 0) end.faults('alert');
  if (settlement.terminal) saveState(connection, stateAfter(settlement, alerts));
  const owner = { run: run.id, automation: run.automation };
  const rows = [...end.deliveries, ...alerts];
  insertDeliveries(
    connection,
    rows.map((delivery) => ({ ...delivery, ...owner })),
    now,
  );
  insertEntries(connection, row, [...end.transcript, ...decisionLines(settlement, rows)], now);
  updateRun(connection, row.seq, end);
  if (settlement.autoPaused === undefined) return;
  const details = { reason: settlement.autoPaused, consecutiveFailures: settlement.state.alert.consecutiveFailures };
  insertAudit(connection, { action: 'automation.auto_paused', actor: 'runtime', ...owner, details }, now);
}

/** A replay that only shows leaves its own row and record, and nothing else: what it would have sent stands there. */
function writeRehearsal(
  connection: Connection,
  row: RunRow,
  { end, alerts }: { readonly end: SettlementToWrite; readonly alerts: readonly NewDelivery[] },
): void {
  const shown = [...end.deliveries, ...alerts].map(capturedLine);
  insertEntries(connection, row, [...end.transcript, ...shown, ...decisionLines(end.settlement, [])], end.now);
  updateRun(connection, row.seq, end);
}

function capturedLine({ kind, target, payload }: NewDelivery): NewTranscriptEntry {
  const type = kind === 'result' ? 'delivery.captured' : 'alert.captured';
  return { type, content: { kind, target: target.type, payload } };
}

/** An alert that nobody is to receive is over at once: it must not keep the next one back. */
function stateAfter(settlement: Settlement, alerts: readonly NewDelivery[]): AutomationState {
  const { state, alert } = settlement;
  return alert?.kind === 'alert' && alerts.length === 0 ? { ...state, alert: alertDead(state.alert) } : state;
}

function decisionLines(settlement: Settlement, rows: readonly NewDelivery[]): readonly NewTranscriptEntry[] {
  const { status, reason, error, availableAt } = settlement;
  if (!settlement.terminal)
    return [{ type: 'run.retry', content: { reason: reason ?? 'handed_back', error, availableAt } }];
  return [...rows.map(queuedLine), { type: 'session.status_closed', content: { status, reason, error } }];
}

/** The line of a new outbox row; the target's address stays out of it. */
export function queuedLine({ id, kind, target }: NewDelivery): NewTranscriptEntry {
  const type = kind === 'result' ? 'delivery.queued' : 'alert.queued';
  return { type, content: { delivery: id, kind, target: target.type } };
}

function updateRun(connection: Connection, seq: number, { run, settlement, result, now }: SettlementToWrite): void {
  connection.run(
    `UPDATE runs SET status = ?, reason = ?, error = ?, result = ?, available_at = ?, finished_at = ?, attempt = ?,
       interruptions = ?, input_tokens = ?, output_tokens = ?, total_tokens = ?, cost_usd = ?, steps = ?, tool_calls = ?,
       refusals = ?, writes_sent = ?, lease_owner = NULL, lease_until = NULL
     WHERE seq = ?`,
    settlement.status,
    settlement.reason ?? null,
    settlement.error ?? null,
    result ?? null,
    availableAt(settlement, now),
    settlement.terminal ? now : null,
    run.attempt,
    run.interruptions,
    run.usage.inputTokens,
    run.usage.outputTokens,
    run.usage.totalTokens,
    run.costUsd,
    run.steps,
    run.toolCalls,
    run.refusals,
    run.writesSent,
    seq,
  );
}

/** 0 = at once, whatever the wall clock does. */
function availableAt(settlement: Settlement, now: number): number {
  const at = settlement.availableAt ?? 0;
  return at <= now ? 0 : Math.ceil(at);
}
