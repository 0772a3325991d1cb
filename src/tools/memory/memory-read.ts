import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { isWithheldNote, notesOf, WITHHELD } from './note-scope.ts';

/** Reads one note by its key. */
export function memoryReadTool(): Tool {
  return {
    name: 'memory_read',
    description: 'Read one note of this automation by its key.',
    inputSchema: {
      type: 'object',
      properties: { key: { type: 'string', description: 'Its key, as "memory_list" gives it.' } },
      required: ['key'],
      additionalProperties: false,
    },
    effect: () => ({ ok: true, call: { kind: 'memory', tool: 'memory_read', effect: 'read' } }),
    run: async (input, context) => read((input as { readonly key: string }).key, context),
  };
}

async function read(key: string, context: ToolContext): Promise<ToolResult> {
  const memories = notesOf(context);
  if ('ok' in memories) return memories;
  const note = await memories.getNote(context.automation.name, key);
  if (!note) return { ok: true, text: JSON.stringify({ found: false, key }) };
  if (isWithheldNote(note, context)) return { ok: false, text: `"${key}" is withheld: ${WITHHELD}` };
  const { text, origin, updatedAt } = note;
  const found = { found: true, key, origin, updatedAt: new Date(updatedAt).toISOString(), text };
  return { ok: true, text: JSON.stringify(found) };
}
