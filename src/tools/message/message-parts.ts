import type { ToolContext } from '../../domain/ports/tool.ts';
import { fileNameOf } from '../files/keep-file.ts';
import { writeCsv } from '../table/csv.ts';
import { squareTable, type Table, tableSchema } from '../table/table.ts';

/** What every message may carry besides its text. */
export interface MessageInput {
  readonly connection: string;
  readonly text: string;
  readonly table?: Table;
  readonly table_as_csv?: boolean;
  readonly files?: readonly string[];
}

export interface Attachment {
  readonly filename: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export type MessageParts =
  | { readonly ok: true; readonly table?: Table; readonly attachments: readonly Attachment[] }
  | { readonly ok: false; readonly reason: string };

const MAX_FILES = 10;
const MAX_BYTES = 15 * 1024 * 1024;
const MAX_TABLE_ROWS = 2_000;

/** The JSON Schema of these fields. */
export const MESSAGE_PROPERTIES = {
  connection: { type: 'string' },
  text: { type: 'string', minLength: 1, maxLength: 30_000, description: 'Markdown; no pictures.' },
  table: tableSchema(MAX_TABLE_ROWS),
  table_as_csv: { type: 'boolean', description: 'Attach the table as a CSV file, too.' },
  files: {
    type: 'array',
    items: { type: 'string' },
    maxItems: MAX_FILES,
    description: 'Ids of files of this run to attach, e.g. charts.',
  },
} as const;

/** Table and files of a message, read before anything is sent. */
export async function messageParts(
  { table, table_as_csv: asCsv, files: ids = [] }: MessageInput,
  { files }: Pick<ToolContext, 'files'>,
): Promise<MessageParts> {
  const square = table && squareTable(table);
  const attachments: Attachment[] = [];
  if (square && asCsv) {
    const filename = fileNameOf(square.title ?? 'table', 'csv');
    attachments.push({ filename, mediaType: 'text/csv', bytes: Buffer.from(writeCsv(square)) });
  }
  for (const id of new Set(ids)) {
    const found = await files?.readFile(id);
    if (!found) return { ok: false, reason: `this run has no file "${id}"` };
    attachments.push({ filename: found.file.filename, mediaType: found.file.mediaType, bytes: found.bytes });
  }
  const bytes = attachments.reduce((sum, one) => sum + one.bytes.length, 0);
  if (bytes > MAX_BYTES)
    return { ok: false, reason: `the files have ${bytes} bytes, at most ${MAX_BYTES} can be sent` };
  return { ok: true, attachments, ...(square ? { table: square } : {}) };
}
