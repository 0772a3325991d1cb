import { randomBytes } from 'node:crypto';
import type { NewAuditRecord } from '../../src/domain/audit.ts';
import { DEFAULT_ALERT } from '../../src/domain/automation.ts';
import type { NewDelivery } from '../../src/domain/delivery.ts';
import type { Event } from '../../src/domain/event.ts';
import type { Database } from '../../src/domain/ports/database.ts';
import type { NewId } from '../../src/domain/ports/ids.ts';
import type { ClaimedRun, FireSchedule, NewRun, SettleRun } from '../../src/domain/ports/run-queue.ts';
import type { NewRejection } from '../../src/domain/rejection.ts';
import { NO_USAGE, type Outcome, type SessionFigures } from '../../src/domain/run.ts';
import type { SettlePolicy } from '../../src/domain/settle.ts';

export const T0 = Date.UTC(2026, 0, 5, 9, 0, 0);
export const MINUTE = 60_000;

let made = 0;

export function newId(prefix: Parameters<NewId>[0]): string {
  made += 1;
  return `${prefix}_${made.toString(16).padStart(12, '0')}${randomBytes(10).toString('hex')}`;
}

export const EVENT: Event = {
  source: 'webhook',
  format: 'json',
  body: '{"ref":"refs/heads/main","é":"\\u003c🙂"}',
  headers: { 'x-github-event': 'push' },
  query: { team: 'core' },
  eventType: 'push',
};

export function newRun(changes: Partial<NewRun> = {}): NewRun {
  return {
    id: newId('run'),
    automation: 'digest',
    trigger: 'webhook',
    event: EVENT,
    requestedBy: 'webhook',
    maxActive: 5,
    overlap: 'parallel',
    ...changes,
  };
}

export function newRejection(changes: Partial<NewRejection> = {}): NewRejection {
  const id = newId('rej');
  return {
    id,
    automation: 'digest',
    reason: 'signature_mismatch',
    httpStatus: 401,
    receivedAt: T0,
    peer: '203.0.113.7',
    headers: { 'x-hub-signature-256': ['sha256=00'] },
    query: 'team=core',
    bodyBytes: 3,
    bodySha256: 'ab'.repeat(32),
    isAuthentic: false,
    fingerprint: changes.id ?? id,
    body: Buffer.from([1, 2, 255]),
    ...changes,
  };
}

export const FIGURES: SessionFigures = {
  usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
  costUsd: 0.25,
  steps: 2,
  toolCalls: 3,
  refusals: 1,
  writesSent: 0,
};

export const NO_FIGURES: SessionFigures = {
  usage: NO_USAGE,
  costUsd: 0,
  steps: 0,
  toolCalls: 0,
  refusals: 0,
  writesSent: 0,
};

export const POLICY: SettlePolicy = {
  retry: { attempts: 2, backoffSeconds: [30, 120] },
  alert: { ...DEFAULT_ALERT, targets: [{ type: 'log', options: {} }] },
  autoPauseAfter: 3,
};

export const NO_RETRY: SettlePolicy = { ...POLICY, retry: { attempts: 1, backoffSeconds: [] } };

export const DONE: Outcome = { type: 'succeeded', result: 'all well' };
export const BROKEN: Outcome = { type: 'failed', reason: 'model_error', error: '503 from the model', retryable: true };

export function newDelivery(run: string, changes: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id: newId('dlv'),
    kind: 'result',
    target: { type: 'webhook', options: { url: 'env:HOOK' } },
    payload: { automation: 'digest', status: 'success', timestamp: '2026-01-05T09:00:00.000Z', run, text: 'all well' },
    ...changes,
  };
}

/** The end of a claimed run, with an alert row for each alert that is due. */
export function ending(claimed: ClaimedRun, outcome: Outcome, changes: Partial<SettleRun> = {}): SettleRun {
  return {
    run: claimed.run.id,
    fence: claimed.run.fence,
    outcome,
    figures: NO_FIGURES,
    policy: POLICY,
    deliveries: [],
    alerts: ({ kind }) => [newDelivery(claimed.run.id, { kind })],
    transcript: [],
    ...changes,
  };
}

export function claimBy(database: Database, owner: string, now: number): Promise<ClaimedRun | undefined> {
  return database.claimRun({ owner, leaseMs: MINUTE }, now);
}

/** A run that is queued and taken at once. */
export async function claimed(database: Database, changes: Partial<NewRun> = {}, now = T0): Promise<ClaimedRun> {
  const run = newRun(changes);
  await database.enqueueRun(run, {}, now);
  const claim = await database.claimRun({ owner: 'worker', leaseMs: MINUTE, run: run.id }, now);
  if (!claim) throw new Error('the run was not claimable');
  return claim;
}

export function audit(action: NewAuditRecord['action'] = 'delivery.attempt'): NewAuditRecord {
  return { action, actor: 'runtime', automation: 'digest', details: { ok: true } };
}

export function fire(changes: Partial<FireSchedule> = {}): FireSchedule {
  return {
    automation: 'digest',
    scheduleHash: 'h1',
    expectedNextFire: T0,
    nextFire: T0 + MINUTE,
    firedThrough: T0,
    occurrences: [{ instant: T0, verdict: 'run', run: newId('run') }],
    maxActive: 1,
    overlap: 'skip',
    ...changes,
  };
}
