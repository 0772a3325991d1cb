import { AmodalError } from '../domain/error.ts';
import { type Note, noteBytes, noteProblem } from '../domain/memory.ts';
import { requireAutomation, requireKnown } from './find-automation.ts';
import { isoTime } from './iso-time.ts';
import type { OperationsPorts } from './ports.ts';
import type { NoteView, RecordOperations } from './record-operations.ts';

/** What an automation has noted, and who did. */
export function listNotes({ database, bundles }: OperationsPorts): RecordOperations['listNotes'] {
  return async (automation) => {
    const notes = await database.listNotes(automation);
    if (notes.length === 0) requireKnown(bundles.active(), automation);
    return notes.map(noteView);
  };
}

/** A person's note: trusted, whatever stood under its key before. */
export function setNote({ database, bundles, clock }: OperationsPorts): RecordOperations['setNote'] {
  return async (name, { key, text, by }) => {
    const automation = requireAutomation(bundles.active(), name);
    const { memory, file } = automation;
    if (!memory?.enabled) {
      throw new AmodalError('conflict', `"${name}" keeps no notes: set "memory": { "enabled": true } in ${file}.`);
    }
    const problem = noteProblem({ key, text });
    if (problem) throw new AmodalError('bad_request', `${problem[0]?.toUpperCase()}${problem.slice(1)}.`);
    const now = clock.now();
    const note: Note = { automation: name, key, text, origin: 'trusted', author: by, updatedAt: now };
    const audit = {
      action: 'memory.set',
      actor: by,
      automation: name,
      details: { key, bytes: noteBytes(note) },
    } as const;
    const kept = await database.putNote(note, { maxBytes: memory.maxBytes, audit }, now);
    if (kept.ok) return noteView(note);
    const room = `the notes of "${name}" may have ${memory.maxBytes} bytes together, ${kept.free} are left for this one`;
    throw new AmodalError('conflict', `The note has ${noteBytes(note)} bytes; ${room}.`);
  };
}

/** Takes a note away. */
export function deleteNote({ database, clock }: OperationsPorts): RecordOperations['deleteNote'] {
  return async (automation, key, by) => {
    const audit = { action: 'memory.deleted', actor: by, automation, details: { key } } as const;
    if (await database.deleteNote(automation, key, { audit }, clock.now())) return { deleted: key };
    throw new AmodalError(
      'not_found',
      `"${automation}" has no note "${key}": \`amodal ops memory list ${automation}\` lists them.`,
    );
  };
}

function noteView(note: Note): NoteView {
  return { ...note, bytes: noteBytes(note), updatedAt: isoTime(note.updatedAt) };
}
