import { type Cell, cellText, type Table } from './table.ts';

/** A text that a spreadsheet would take for a formula. */
const FORMULA = /^[\t\r ]*[=+\-@]/;
const NUMBER = /^-?\d+([.,]\d+)*%?$/;

/** A table as CSV (RFC 4180, UTF-8); what a spreadsheet would take for a formula begins with an apostrophe. */
export function writeCsv({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  return [columns, ...rows].map((row) => `${row.map(fieldOf).join(',')}\r\n`).join('');
}

function fieldOf(cell: Cell): string {
  const text = cellText(cell);
  const isFormula = typeof cell === 'string' && FORMULA.test(text) && !NUMBER.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The rows of a CSV text; the separator is the comma, semicolon or tab that its first line has most of. */
export function readCsv(text: string): readonly (readonly string[])[] {
  const source = text.replace(/^\ufeff/, '');
  const separator = separatorOf(source.slice(0, source.search(/\r?\n|$/)));
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < source.length) {
    const { field, end } = source[at] === '"' ? quotedField(source, at) : plainField(source, at, separator);
    row.push(field);
    const next = source[end];
    at = end + 1;
    if (next === separator) {
      if (at === source.length) row.push('');
      continue;
    }
    if (next === '\r' && source[at] === '\n') at += 1;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows.filter((fields) => fields.length > 1 || fields[0] !== '');
}

function separatorOf(line: string): string {
  const count = (separator: string) => line.split(separator).length;
  return [',', ';', '\t'].reduce((best, one) => (count(one) > count(best) ? one : best));
}

function plainField(source: string, start: number, separator: string) {
  let end = start;
  while (end < source.length && source[end] !== separator && source[end] !== '\n' && source[end] !== '\r') end += 1;
  return { field: source.slice(start, end), end };
}

function quotedField(source: string, start: number) {
  let field = '';
  let at = start + 1;
  for (;;) {
    const quote = source.indexOf('"', at);
    if (quote < 0) return { field: field + source.slice(at), end: source.length };
    field += source.slice(at, quote);
    if (source[quote + 1] !== '"') return { field, end: quote + 1 };
    field += '"';
    at = quote + 2;
  }
}
