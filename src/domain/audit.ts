import type { RunId } from './run.ts';

export type AuditAction =
  | 'write.intent'
  | 'write.outcome'
  | 'call.refused'
  | 'call.public'
  | 'automation.paused'
  | 'automation.resumed'
  | 'automation.auto_paused'
  | 'webhook.rotated'
  | 'webhook.redelivered'
  | 'webhook.tested'
  | 'key.created'
  | 'key.revoked'
  | 'run.triggered'
  | 'run.cancelled'
  | 'run.replayed'
  /** An attempt is about to be made; `delivery.attempt` says what came of it. */
  | 'delivery.intent'
  | 'delivery.attempt'
  | 'delivery.redriven'
  | 'bundle.loaded'
  | 'memory.set'
  | 'memory.deleted'
  | 'runs.pruned'
  /** Retention took the beginning of the trail: `details` names the last record of it, `through` and `hash`. */
  | 'audit.pruned';

/** What happened, who did it, from which commit; never secrets, never bodies. */
export interface NewAuditRecord {
  readonly action: AuditAction;
  /** `runtime`, `cli`, `api`, `agent`, or a key's name. */
  readonly actor: string;
  readonly automation?: string;
  readonly run?: RunId;
  readonly commit?: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** One link of the chain: `hash` = SHA-256 over the previous hash and this record's canonical JSON, lower hex. */
export interface AuditRecord extends NewAuditRecord {
  readonly seq: number;
  readonly at: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** A record of the chain by its number and hash: who has noted one can tell later that it is still there. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** Reads `12:<64 hex digits>`; undefined for anything else. */
export function parseAuditHead(text: string): AuditHead | undefined {
  const [, seq, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  return seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
}

/** The hash before the first record. */
export const AUDIT_GENESIS = '0'.repeat(64);

/** The exact text that is hashed for one record, after the previous record's hash. */
export function auditText(record: Omit<AuditRecord, 'hash'>): string {
  const { seq, at, previousHash, action, actor, automation, run, commit, details } = record;
  return JSON.stringify([
    previousHash,
    seq,
    at,
    action,
    actor,
    automation ?? null,
    run ?? null,
    commit ?? null,
    details,
  ]);
}
