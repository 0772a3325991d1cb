import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';
import type { Io } from '../io.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  /** Printed on a line of its own below the row when the table would not fit. */
  readonly overflow?: true;
}

const GAP = '  ';

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
  const head = columns.map((column) => io.style('bold', column.title));
  const cells = [head, ...rows.map((row) => columns.map((column) => onOneLine(column.value(row))))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => widthOf(row[at] ?? ''))));
  const lines = cells.map((row) => row.map((cell, at) => padded(cell, widths[at] ?? 0)).join(GAP));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(width - widthOf(cell));
}

function widestLine(text: string): number {
  return Math.max(...text.split('\n').map(widthOf));
}

const NARROW = /^[\x20-\x7e]*$/;

/** Columns of a terminal, without colour codes: wide letters and pictures take two. */
function widthOf(text: string): number {
  const shown = stripVTControlCharacters(text);
  if (NARROW.test(shown)) return shown.length;
  const letters = [...new Intl.Segmenter().segment(shown)];
  return letters.reduce((width, { segment }) => width + eastAsianWidth(segment.codePointAt(0) ?? 0), 0);
}
