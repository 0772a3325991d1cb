import type { ToolContext } from '../../domain/ports/tool.ts';
import { render } from '../render/render.ts';
import { writeCsv } from '../table/csv.ts';
import type { Table } from '../table/table.ts';

/** Columns of a table on the pages of a PDF. */
export const MAX_PDF_COLUMNS = 30;

export const TABLE_MEDIA_TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pdf: 'application/pdf',
} as const;

export type TableFormat = keyof typeof TABLE_MEDIA_TYPES;

export interface TableFile extends Pick<Table, 'columns' | 'rows'> {
  readonly title: string;
  readonly format: TableFormat;
}

/** A table as the bytes of a file. */
export async function tableBytes(
  { title, format, columns, rows }: TableFile,
  context: ToolContext,
): Promise<{ readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly error: string }> {
  switch (format) {
    case 'csv':
      return { ok: true, bytes: Buffer.from(writeCsv({ columns, rows })) };
    case 'xlsx':
      return render({ type: 'xlsx', sheet: title, columns, rows }, context);
    case 'pdf': {
      if (columns.length > MAX_PDF_COLUMNS) {
        const error = `${columns.length} columns do not fit on a page (${MAX_PDF_COLUMNS}): make a CSV or XLSX file`;
        return { ok: false, error };
      }
      const subtitle = `${new Date(context.now()).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
      return render({ type: 'pdf', title, subtitle, parts: [{ type: 'table', table: { columns, rows } }] }, context);
    }
  }
}
