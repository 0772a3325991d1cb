import type { AuditAction, NewAuditRecord } from '../domain/audit.ts';
import type { ConcreteCall, Decision } from '../domain/permission.ts';
import type { ToolResult } from '../domain/ports/tool.ts';
import type { WriteOutcome } from '../domain/write-call.ts';
import type { Session } from './session.ts';

/** Characters of a query in an audit row. */
const MAX_QUERY = 8_192;

export interface Write {
  readonly tool: string;
  readonly key: string;
  readonly decision: Extract<Decision, { allow: true }>;
  /** False for stores: they are rows of the runtime's own database and may be written again safely. */
  readonly leaves: boolean;
}

/** Makes the write durable before it is made: audit row, and an intent row when it leaves. False = the lease is lost. */
export async function beforeWrite(session: Session, { tool, key, decision, leaves }: Write): Promise<boolean> {
  const { ports, request, counters } = session;
  const { run } = request.claimed;
  const audit = auditRecord(session, 'write.intent', {
    tool,
    call: key,
    operation: decision.operation,
    rule: decision.rule,
  });
  if (decision.rule !== 'notebook') counters.writes += 1;
  const at = ports.clock.now();
  if (!leaves) {
    await ports.database.appendAudit(audit, at);
    return true;
  }
  const call = { run: run.id, call: key, tool, operation: decision.operation, idempotencyKey: `${run.id}.${key}`, at };
  const held = await ports.database.recordWriteIntent(call, run.fence, audit, at);
  if (held) counters.writesSent += 1;
  else session.stop.because('lease_lost');
  return held;
}

/** What became of it, committed before the model hears of it. */
export async function afterWrite(
  session: Session,
  { tool, key, decision, leaves }: Write,
  result: ToolResult,
): Promise<void> {
  const { ports, request } = session;
  const outcome = outcomeOf(result);
  const details = {
    tool,
    call: key,
    operation: decision.operation,
    result: outcome.result,
    status: outcome.status ?? null,
  };
  const audit = auditRecord(session, 'write.outcome', details);
  const at = ports.clock.now();
  if (!leaves) return ports.database.appendAudit(audit, at);
  const error = outcome.error === undefined ? {} : { error: session.redact(outcome.error).slice(0, 300) };
  return ports.database.recordWriteOutcome(request.claimed.run.id, key, { ...outcome, ...error }, audit, at);
}

export interface Refusal {
  readonly tool: string;
  readonly key: string;
  readonly decision: Pick<Decision, 'effect' | 'rule' | 'operation'>;
}

/** Every refusal is in the audit trail before the model hears of it. */
export async function auditRefusal(session: Session, { tool, key, decision }: Refusal): Promise<void> {
  const { effect, rule, operation } = decision;
  const details = { tool, call: key, decision: 'blocked', operation: operation.slice(0, 500), effect, rule };
  await session.ports.database.appendAudit(auditRecord(session, 'call.refused', details), session.ports.clock.now());
}

export interface PublicCall {
  readonly tool: string;
  readonly key: string;
  readonly connection: string;
  readonly call: ConcreteCall;
}

/** A call of a connection that others can see, with its path and query, before it leaves. */
export async function auditPublicCall(session: Session, { tool, key, connection, call }: PublicCall): Promise<void> {
  const where =
    call.kind === 'http'
      ? { operation: `${call.method} ${call.path}`, query: JSON.stringify(call.query).slice(0, MAX_QUERY) }
      : {};
  const record = auditRecord(session, 'call.public', { tool, call: key, connection, ...where });
  await session.ports.database.appendAudit(record, session.ports.clock.now());
}

function auditRecord(
  { request, redact }: Session,
  action: AuditAction,
  details: Readonly<Record<string, unknown>>,
): NewAuditRecord {
  const { run } = request.claimed;
  const { automation } = request;
  const clean = Object.entries(details).map(([name, value]) => [
    name,
    typeof value === 'string' ? redact(value) : value,
  ]);
  return {
    action,
    actor: 'agent',
    automation: automation.name,
    run: run.id,
    commit: run.provenance?.commit ?? null,
    details: Object.fromEntries(clean),
  };
}

/** Applied and not applied are only said when the upstream said so; everything else is unknown. */
function outcomeOf({ ok, status, text, ...rest }: ToolResult): WriteOutcome {
  const known = status === undefined ? {} : { status };
  if (ok) return { result: 'applied', ...known };
  if ('sent' in rest && rest.sent === false) return { result: 'not_applied', error: text };
  const refused = status !== undefined && status >= 400 && status < 500 && status !== 408;
  return { result: refused ? 'not_applied' : 'unknown', ...known, error: text };
}
