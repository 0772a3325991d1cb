import { noteBytes } from '../../domain/memory.ts';
import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { isWithheldNote, notesOf } from './note-scope.ts';

/** Lists the automation's notes by key, without their texts. */
export function memoryListTool(): Tool {
  return {
    name: 'memory_list',
    description: 'List the notes that earlier runs of this automation (and people) have left for it: keys and sizes.',
    inputSchema: { type: 'object', properties: {}, additionalProperties: false },
    effect: () => ({ ok: true, call: { kind: 'memory', tool: 'memory_list', effect: 'read' } }),
    run: async (_, context) => list(context),
  };
}

async function list(context: ToolContext): Promise<ToolResult> {
  const memories = notesOf(context);
  if ('ok' in memories) return memories;
  const all = await memories.listNotes(context.automation.name);
  const shown = all.filter((note) => !isWithheldNote(note, context));
  const notes = shown.map((note) => ({
    key: note.key,
    bytes: noteBytes(note),
    origin: note.origin,
    updatedAt: new Date(note.updatedAt).toISOString(),
  }));
  const withheld = all.length - shown.length;
  return { ok: true, text: JSON.stringify({ notes, ...(withheld > 0 ? { withheld } : {}) }) };
}
