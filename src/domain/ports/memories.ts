import type { NewAuditRecord } from '../audit.ts';
import type { Note } from '../memory.ts';

/** The notes of automations, by automation and key. */
export interface Memories {
  getNote(automation: string, key: string): Promise<Note | undefined>;
  /** By key. */
  listNotes(automation: string): Promise<readonly Note[]>;
  /**
   * Writes a note over one with the same key, with its audit row, unless the automation's notes would have more than
   * `maxBytes` together: then nothing is written and `free` bytes are what is left for it.
   */
  putNote(
    note: Note,
    options: { readonly maxBytes: number; readonly audit?: NewAuditRecord },
    now: number,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly free: number }>;
  /** False when there was none. The audit row is only written when there was one. */
  deleteNote(
    automation: string,
    key: string,
    options: { readonly audit?: NewAuditRecord },
    now: number,
  ): Promise<boolean>;
}
