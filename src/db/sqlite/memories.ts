import type { NewAuditRecord } from '../../domain/audit.ts';
import { type Note, noteBytes } from '../../domain/memory.ts';
import type { Memories } from '../../domain/ports/memories.ts';
import { insertAudit } from './audit.ts';
import type { Connection } from './connection.ts';
import type { GroupCommit } from './group-commit.ts';

interface NoteRow {
  readonly automation: string;
  readonly key: string;
  readonly text: string;
  readonly origin: Note['origin'];
  readonly author: string;
  readonly updated_at: number;
}

export function createMemories(connection: Connection, { write, read }: GroupCommit): Memories {
  return {
    getNote: (automation, key) =>
      read(() => {
        const row = findNote(connection, automation, key);
        return row && toNote(row);
      }),
    listNotes: (automation) =>
      read(() =>
        connection.all<NoteRow>('SELECT * FROM memories WHERE automation = ? ORDER BY key', automation).map(toNote),
      ),
    putNote: (note, options, now) => write(() => putNote(connection, note, { ...options, now })),
    deleteNote: (automation, key, { audit }, now) =>
      write(() => {
        const { changes } = connection.run('DELETE FROM memories WHERE automation = ? AND key = ?', automation, key);
        if (changes > 0 && audit) insertAudit(connection, audit, now);
        return changes > 0;
      }),
  };
}

interface Putting {
  readonly maxBytes: number;
  readonly audit?: NewAuditRecord;
  readonly now: number;
}

function putNote(connection: Connection, note: Note, { maxBytes, audit, now }: Putting) {
  const bytes = noteBytes(note);
  const free = maxBytes - bytesOfOthers(connection, note);
  if (bytes > free) return { ok: false, free: Math.max(0, free) } as const;
  if (audit) insertAudit(connection, audit, now);
  connection.run(
    `INSERT INTO memories (automation, key, text, bytes, origin, author, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (automation, key) DO UPDATE SET text = excluded.text, bytes = excluded.bytes,
       origin = excluded.origin, author = excluded.author, updated_at = excluded.updated_at`,
    note.automation,
    note.key,
    note.text,
    bytes,
    note.origin,
    note.author,
    note.updatedAt,
  );
  return { ok: true } as const;
}

/** Index `memories_key`. */
function bytesOfOthers(connection: Connection, { automation, key }: Note): number {
  const found = connection.get<{ bytes: number | null }>(
    'SELECT sum(bytes) AS bytes FROM memories WHERE automation = ? AND key <> ?',
    automation,
    key,
  );
  return found?.bytes ?? 0;
}

/** Index `memories_key`. */
function findNote(connection: Connection, automation: string, key: string): NoteRow | undefined {
  return connection.get<NoteRow>('SELECT * FROM memories WHERE automation = ? AND key = ?', automation, key);
}

function toNote({ automation, key, text, origin, author, updated_at }: NoteRow): Note {
  return { automation, key, text, origin, author, updatedAt: updated_at };
}
