import { readCsv } from './csv.ts';
import type { Cell, Table } from './table.ts';

export type FoundTable =
  /** `more`: rows that were left out at the cap. */
  | { readonly ok: true; readonly table: Pick<Table, 'columns' | 'rows'>; readonly more: number }
  | { readonly ok: false; readonly reason: string };

type Row = Readonly<Record<string, unknown>>;

const MAX_COLUMNS = 200;
const MAX_DEPTH = 3;
/** How deep a list of rows is looked for when the call does not say where it is. */
const MAX_SEARCH_DEPTH = 3;

/** The table in a CSV text: its first line names the columns; numbers in plain form become numbers. */
export function tableInCsv(text: string, maxRows: number): FoundTable {
  const [columns, ...rows] = readCsv(text);
  if (!columns) return { ok: false, reason: 'the answer is an empty table' };
  if (columns.length > MAX_COLUMNS) return tooWide(columns.length);
  return found(
    columns,
    rows.map((row) => columns.map((_, index) => csvCell(row[index] ?? ''))),
    maxRows,
  );
}

/** The table in a JSON answer: a list of objects, at `path` (`data.items`), else the first one that there is. */
export function tableInJson(value: unknown, path: string | undefined, maxRows: number): FoundTable {
  const list = path === undefined ? firstList(value) : at(value, path);
  if (!Array.isArray(list)) {
    if (path !== undefined) return { ok: false, reason: `the answer has no list at "${path}"` };
    return isRow(value) ? tableOf([value], maxRows) : { ok: false, reason: 'the answer holds no list of rows' };
  }
  return tableOf(list, maxRows);
}

function tableOf(list: readonly unknown[], maxRows: number): FoundTable {
  const rows = list.map(flat);
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  if (columns.length > MAX_COLUMNS) return tooWide(columns.length);
  return found(
    columns,
    rows.map((row) => columns.map((column) => row.get(column) ?? null)),
    maxRows,
  );
}

function found(columns: readonly string[], rows: readonly (readonly Cell[])[], maxRows: number): FoundTable {
  return { ok: true, table: { columns, rows: rows.slice(0, maxRows) }, more: Math.max(0, rows.length - maxRows) };
}

function tooWide(columns: number): FoundTable {
  return { ok: false, reason: `${columns} columns are too many for a table (${MAX_COLUMNS})` };
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => {
    return inner !== null && typeof inner === 'object' && Object.hasOwn(inner, name) ? (inner as Row)[name] : undefined;
  }, value);
}

/** Lists of objects come before other lists, what stands higher before what stands deeper. */
function firstList(value: unknown): readonly unknown[] | undefined {
  let level: readonly unknown[] = [value];
  let plain: readonly unknown[] | undefined;
  for (let depth = 0; depth <= MAX_SEARCH_DEPTH; depth += 1) {
    const lists = level.filter((one) => Array.isArray(one));
    const ofRows = lists.find((list) => list.length > 0 && list.every(isRow));
    if (ofRows) return ofRows;
    plain ??= lists[0];
    level = level.flatMap((one) => (isRow(one) ? Object.values(one) : []));
  }
  return plain;
}

/** Objects in a row become columns `outer.inner`; lists in it stay JSON. */
function flat(row: unknown): ReadonlyMap<string, Cell> {
  const cells = new Map<string, Cell>();
  const add = (name: string, value: unknown, depth: number) => {
    if (!isRow(value) || depth >= MAX_DEPTH) cells.set(name, jsonCell(value));
    else for (const [key, field] of Object.entries(value)) add(`${name}.${key}`, field, depth + 1);
  };
  if (isRow(row)) for (const [key, field] of Object.entries(row)) add(key, field, 1);
  else if (Array.isArray(row)) for (const [index, field] of row.entries()) add(String(index + 1), field, MAX_DEPTH);
  else cells.set('value', jsonCell(row));
  return cells;
}

function jsonCell(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}

/** Only numbers that are written as JavaScript would write them: `007` and `1e5` stay text. */
function csvCell(text: string): Cell {
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

function isRow(value: unknown): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
