import type { AuditHead } from '../domain/audit.ts';
import type { Note } from '../domain/memory.ts';
import type { SpendKey, SpendRow } from '../domain/spend.ts';

/** What runs cost, what automations have noted, and whether the audit trail is whole. Times in views are ISO 8601 UTC. */
export interface RecordOperations {
  /** What model calls came to in the last days, and where the 30-day budgets stand. */
  sumSpend(sum: { readonly by: SpendKey; readonly days: number }): Promise<SpendReport>;

  /** The notes of an automation, by key; also of one whose file is gone. */
  listNotes(automation: string): Promise<readonly NoteView[]>;
  /** Throws `conflict` when the automation keeps no notes, or has no room left. */
  setNote(
    automation: string,
    note: { readonly key: string; readonly text: string; readonly by: string },
  ): Promise<NoteView>;
  /** Throws `not_found`. */
  deleteNote(automation: string, key: string, by: string): Promise<{ readonly deleted: string }>;

  /** `expect` is a record that somebody has noted elsewhere: it must still be there. */
  verifyAudit(options?: { readonly expect?: AuditHead }): Promise<AuditProof>;
}

/** Costs are US dollars. */
export interface SpendReport {
  readonly by: SpendKey;
  readonly since: string;
  readonly until: string;
  readonly rows: readonly SpendRow[];
  /** Of every automation with `budget.per30DaysUsd`, by name. */
  readonly budgets: readonly BudgetView[];
}

export interface BudgetView {
  readonly automation: string;
  readonly per30DaysUsd: number;
  readonly spentUsd: number;
  readonly leftUsd: number;
  /** When enough old spend is out of the window for it to run again; null while there is room. */
  readonly runsAgainAt: string | null;
}

export interface NoteView extends Omit<Note, 'updatedAt'> {
  readonly bytes: number;
  readonly updatedAt: string;
}

export interface AuditProof {
  readonly ok: boolean;
  /** How many fit. */
  readonly records: number;
  /** The last record that retention took from the beginning; null while the trail is whole. */
  readonly pruned: AuditHead | null;
  /** The first record whose hash or link is wrong, or that is missing. */
  readonly brokenAt: number | null;
  /** What is wrong, in a sentence. */
  readonly problem: string | null;
  /** The last record: who notes it elsewhere can tell later that nothing up to it was taken away. */
  readonly head: AuditHead | null;
}
