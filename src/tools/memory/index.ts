import type { Tool } from '../../domain/ports/tool.ts';
import { memoryDeleteTool } from './memory-delete.ts';
import { memoryListTool } from './memory-list.ts';
import { memoryReadTool } from './memory-read.ts';
import { memoryWriteTool } from './memory-write.ts';

/** The tools for an automation's own notes; a session has them where its file says `memory.enabled`. */
export function memoryTools(): readonly Tool[] {
  return [memoryListTool(), memoryReadTool(), memoryWriteTool(), memoryDeleteTool()];
}
