import type { Cell, SqlAnswer, SqlJob } from '../sql-job.ts';

/** Far above what is shown of a cell, so that what is cut here never reaches a reader. */
const MAX_CELL_CHARACTERS = 16_384;
const MAX_NESTED_CHARACTERS = 65_536;

export type Query = Omit<SqlJob, 'target'>;

export interface Table {
  /** Takes a row; false = it is full, and this row is left out. */
  add(values: readonly unknown[]): boolean;
  answer(columns: readonly string[]): SqlAnswer;
}

/** Collects rows up to the caps of a query; the first row always fits. */
export function createTable({ maxRows, maxBytes }: Query): Table {
  const rows: (readonly Cell[])[] = [];
  let bytes = 0;
  let cut: 'rows' | 'bytes' | undefined;
  return {
    add: (values) => {
      if (cut) return false;
      const row = values.map(cellOf);
      const size = Buffer.byteLength(JSON.stringify(row)) + 1;
      if (rows.length >= maxRows) cut = 'rows';
      else if (rows.length > 0 && bytes + size > maxBytes) cut = 'bytes';
      if (cut) return false;
      bytes += size;
      rows.push(row);
      return true;
    },
    answer: (columns) => ({ ok: true, columns, rows, ...(cut ? { cut } : {}) }),
  };
}

function cellOf(value: unknown): Cell {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'string':
      return value.slice(0, MAX_CELL_CHARACTERS);
    case 'object':
      return nestedCell(value);
    default:
      return null;
  }
}

function nestedCell(value: object | null): Cell {
  if (value === null) return null;
  if (Buffer.isBuffer(value)) return `(binary, ${value.length} bytes)`;
  if (value instanceof Date) return value.toISOString();
  const json = JSON.stringify(value);
  return json.length > MAX_NESTED_CHARACTERS ? json.slice(0, MAX_CELL_CHARACTERS) : value;
}
