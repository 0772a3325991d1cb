import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { notesOf } from './note-scope.ts';

/** Removes one note. */
export function memoryDeleteTool(): Tool {
  return {
    name: 'memory_delete',
    description: 'Remove one note of this automation by its key.',
    inputSchema: {
      type: 'object',
      properties: { key: { type: 'string' } },
      required: ['key'],
      additionalProperties: false,
    },
    effect: () => ({ ok: true, call: { kind: 'memory', tool: 'memory_delete', effect: 'write' } }),
    run: async (input, context) => remove((input as { readonly key: string }).key, context),
  };
}

async function remove(key: string, context: ToolContext): Promise<ToolResult> {
  const memories = notesOf(context);
  if ('ok' in memories) return memories;
  const deleted = await memories.deleteNote(context.automation.name, key, {}, context.now());
  return { ok: true, text: JSON.stringify({ deleted, key }) };
}
