import Table from 'cli-table3';
import type { Io } from '../io.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  /** Printed on a line of its own below the row when the table would not fit. */
  readonly overflow?: true;
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns without borders that fit the terminal: an overflowing column moves below its row instead of being cut. */
export function formatTable<T>(rows: readonly T[], columns: readonly Column<T>[], io: Io): string {
  const whole = render(rows, columns, io);
  if (io.columns === undefined || widestLine(whole) <= io.columns) return whole;
  const inline = columns.filter((column) => !column.overflow);
  const below = columns.filter((column) => column.overflow);
  const [head = '', ...lines] = render(rows, inline, io).split('\n');
  const body = rows.flatMap((row, index) => [
    lines[index] ?? '',
    ...below.map((column) => ({ title: column.title, value: column.value(row) })).flatMap(underRow),
  ]);
  return `${[head, ...body].join('\n')}\n`;
}

function underRow({ title, value }: { title: string; value: string }): string[] {
  return value ? [`    ${title}: ${value}`] : [];
}

function render<T>(rows: readonly T[], columns: readonly Column<T>[], io: Io): string {
  const table = new Table({
    head: columns.map((column) => io.style('bold', column.title)),
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(columns.map((column) => column.value(row)));
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

function widestLine(text: string): number {
  return Math.max(...text.split('\n').map((line) => visibleLength(line)));
}

/** Length without colour codes. */
function visibleLength(line: string): number {
  const ESC = String.fromCharCode(27);
  return line.replaceAll(new RegExp(`${ESC}\\[[0-9;]*m`, 'g'), '').length;
}
