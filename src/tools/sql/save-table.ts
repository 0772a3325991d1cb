import type { ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { fileNameOf, keepFile } from '../files/keep-file.ts';
import { TABLE_MEDIA_TYPES, tableBytes } from '../files/table-bytes.ts';
import type { Cell as FileCell } from '../table/table.ts';
import type { Cell } from './sql-job.ts';

/** What a statement answered, as the model reads it. */
export interface SqlTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly rowCount: number;
  readonly note?: string;
}

/** Rows that the model is told besides the id of the file. */
const FIRST_ROWS = 5;

/** Keeps a result as a file of the run: what is in it need not pass through the model. */
export async function saveTable(
  table: SqlTable,
  input: { readonly connection: string; readonly save: 'csv' | 'xlsx'; readonly filename?: string },
  context: ToolContext,
): Promise<ToolResult> {
  const { columns, rows, ...facts } = table;
  const { connection, save: format, filename = connection } = input;
  const made = await tableBytes(
    { title: filename, format, columns, rows: rows.map((row) => row.map(fileCell)) },
    context,
  );
  if (!made.ok) return { ok: false, text: made.error };
  const file = { filename: fileNameOf(filename, format), mediaType: TABLE_MEDIA_TYPES[format], kind: 'table' } as const;
  const first = { columns, rows: rows.slice(0, FIRST_ROWS), ...facts };
  return keepFile(context, { ...file, bytes: made.bytes }, first);
}

function fileCell(cell: Cell): FileCell {
  return typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell;
}
