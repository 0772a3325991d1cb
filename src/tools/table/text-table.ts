import { cellText, type Table } from './table.ts';

const MAX_CELL_CHARACTERS = 40;

/** A table in letters of one width: columns side by side, at most `maxRows` rows and a line about the others. */
export function textTable({ columns, rows }: Pick<Table, 'columns' | 'rows'>, maxRows: number): string {
  const shown = rows.slice(0, maxRows).map((row) => columns.map((_, index) => short(cellText(row[index] ?? null))));
  const head = columns.map(short);
  const numeric = columns.map((_, index) => rows.every((row) => typeof (row[index] ?? 0) === 'number'));
  const widths = head.map((column, index) => Math.max(...[column, ...shown.map((row) => row[index] ?? '')].map(width)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        const blanks = ' '.repeat((widths[index] ?? 0) - width(cell));
        return numeric[index] ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd();
  const rest = rows.length - shown.length;
  const rule = widths.map((one) => '-'.repeat(one)).join('  ');
  return [line(head), rule, ...shown.map(line), ...(rest > 0 ? [`… and ${rest} more rows`] : [])].join('\n');
}

function width(text: string): number {
  return [...text].length;
}

function short(text: string): string {
  const one = [...text.replace(/\s+/g, ' ').replaceAll('`', "'")];
  return one.length <= MAX_CELL_CHARACTERS ? one.join('') : `${one.slice(0, MAX_CELL_CHARACTERS - 1).join('')}…`;
}
