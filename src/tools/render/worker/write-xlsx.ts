import writeXlsxFile from 'write-excel-file/node';
import type { Cell } from '../../table/table.ts';
import type { RenderAnswer, XlsxTask } from '../render-job.ts';

/** Excel's own limits of a sheet's name and of a text in a cell. */
const MAX_SHEET_NAME = 31;
const MAX_CELL_CHARACTERS = 32_767;

/** A workbook of one sheet. Texts are texts: no cell is ever a formula, whatever it begins with. */
export async function writeXlsx({ sheet, columns, rows }: XlsxTask): Promise<RenderAnswer> {
  const head = columns.map((column) => ({ value: column, type: String, fontWeight: 'bold' as const }));
  const name =
    sheet
      .replace(/[\\/?*[\]:]/g, ' ')
      .trim()
      .slice(0, MAX_SHEET_NAME) || 'Sheet 1';
  const written = await writeXlsxFile([head, ...rows.map((row) => row.map(cellOf))], {
    sheet: name,
    stickyRowsCount: 1,
  });
  const buffer = await written.toBuffer();
  return { ok: true, base64: buffer.toString('base64'), notes: [] };
}

function cellOf(cell: Cell) {
  switch (typeof cell) {
    case 'number':
      return { value: cell, type: Number };
    case 'boolean':
      return { value: cell, type: Boolean };
    case 'string':
      return { value: cell.slice(0, MAX_CELL_CHARACTERS), type: String };
    case 'object':
      return null;
  }
}
