import type { AuditHead, AuditRecord, NewAuditRecord } from '../audit.ts';
import type { RunId } from '../run.ts';

export interface Audit {
  appendAudit(record: NewAuditRecord, now: number): Promise<void>;
  /** Oldest first: those that follow `after`, or without it the newest. */
  listAudit(filter: {
    readonly after?: number;
    readonly run?: RunId;
    readonly limit: number;
  }): Promise<readonly AuditRecord[]>;
  /** What the database remembers as its last record; undefined before the first. */
  auditHead(): Promise<AuditHead | undefined>;
  /** The last record that retention removed from the beginning; undefined while the trail is whole. */
  auditAnchor(): Promise<AuditHead | undefined>;
  /** The newest `bundle.loaded` record. */
  lastBundleLoaded(): Promise<AuditRecord | undefined>;
}
