import { isUtf8 } from 'node:buffer';
import type { Tool, ToolContext, ToolResult } from '../domain/ports/tool.ts';

/** Most bytes of one page. */
const PAGE_BYTES = 49_152;

interface Input {
  readonly id: string;
  readonly offset?: number;
}

/** Reads text out of a file that the caller attached, or that the run made. */
export function fileReadTool(): Tool {
  return {
    name: 'file_read',
    description: 'Read a text file that was attached to this run, by its id; long ones page by page.',
    inputSchema: {
      type: 'object',
      properties: {
        id: { type: 'string', description: 'The id as listed, e.g. "fi_0192f3…".' },
        offset: { type: 'integer', minimum: 0, description: 'The byte to begin at; default 0.' },
      },
      required: ['id'],
      additionalProperties: false,
    },
    effect: () => ({ ok: true, call: { kind: 'local', tool: 'file_read' } }),
    run: (input, context) => readPage(input as Input, context),
  };
}

async function readPage({ id, offset = 0 }: Input, { files, readUntrusted }: ToolContext): Promise<ToolResult> {
  const found = await files?.readFile(id);
  if (!found) return { ok: false, text: `no file "${id}" belongs to this run` };
  const { file, bytes } = found;
  const { filename, mediaType, sizeBytes } = file;
  if (!isUtf8(bytes)) return { ok: false, text: `"${filename}" (${mediaType}, ${sizeBytes} bytes) is no text file` };
  readUntrusted?.();
  const start = boundary(bytes, offset);
  const end = boundary(bytes, start + PAGE_BYTES);
  const text = bytes.subarray(start, end).toString('utf8');
  if (start === 0 && end === bytes.length) return { ok: true, text };
  const rest = end < bytes.length ? `; go on with offset ${end}` : '; this is the end';
  return { ok: true, text: `${text}\n[bytes ${start} to ${end} of ${bytes.length}${rest}]` };
}

/** The first byte at or after `at` that begins a character. */
function boundary(bytes: Buffer, at: number): number {
  let place = Math.min(at, bytes.length);
  while (place < bytes.length && ((bytes[place] ?? 0) & 0xc0) === 0x80) place += 1;
  return place;
}
