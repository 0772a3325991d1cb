import type { Note } from '../../domain/memory.ts';
import type { Memories } from '../../domain/ports/memories.ts';
import type { ToolContext, ToolResult } from '../../domain/ports/tool.ts';

/** What is said instead of what is withheld. */
export const WITHHELD =
  'written from untrusted input, and this run may write: its automation must say "acceptUntrusted": true to read it';

/**
 * Whether a note stays hidden: an outside event had a hand in it, this run may write, and its file does not say
 * `acceptUntrusted`. Else the run is as untrusted as what it is shown.
 */
export function isWithheldNote({ origin }: Note, { automation, readUntrusted }: ToolContext): boolean {
  if (origin === 'trusted') return false;
  if (automation.writeEnabled && automation.acceptUntrusted !== true) return true;
  readUntrusted?.();
  return false;
}

/** The notes of automations, or the answer where none are kept. */
export function notesOf({ notes }: ToolContext): Memories | ToolResult {
  return notes ?? refusedNote('no notes are kept here');
}

/** Nothing was written. */
export function refusedNote(text: string): ToolResult {
  return { ok: false, text, sent: false };
}
