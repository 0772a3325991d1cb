import { type Note, noteProblem } from '../../domain/memory.ts';
import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { notesOf, refusedNote } from './note-scope.ts';

/** Writes one note; one with the same key is replaced. */
export function memoryWriteTool(): Tool {
  return {
    name: 'memory_write',
    description: 'Leave a note for later runs of this automation; one with the same key is replaced. Keep it short.',
    inputSchema: {
      type: 'object',
      properties: {
        key: { type: 'string', description: 'A short name, e.g. "known-issues".' },
        text: { type: 'string', description: 'What is worth knowing next time.' },
      },
      required: ['key', 'text'],
      additionalProperties: false,
    },
    effect: () => ({ ok: true, call: { kind: 'memory', tool: 'memory_write', effect: 'write' } }),
    run: async (input, context) => write(input as Pick<Note, 'key' | 'text'>, context),
  };
}

async function write({ key, text }: Pick<Note, 'key' | 'text'>, context: ToolContext): Promise<ToolResult> {
  const { automation, run, untrusted, bundle } = context;
  const memories = notesOf(context);
  if ('ok' in memories) return memories;
  const problem = noteProblem({ key, text });
  if (problem) return refusedNote(problem);
  const clean = (value: string) => bundle.secrets.redact(value);
  const now = context.now();
  const note: Note = {
    automation: automation.name,
    key: clean(key),
    text: clean(text),
    origin: untrusted ? 'untrusted' : 'trusted',
    author: run,
    updatedAt: now,
  };
  const maxBytes = automation.memory?.maxBytes ?? 0;
  const kept = await memories.putNote(note, { maxBytes }, now);
  if (kept.ok) return { ok: true, text: JSON.stringify({ stored: true, key: note.key }) };
  return refusedNote(`the notes of this automation may have ${maxBytes} bytes; ${kept.free} are left for this one`);
}
