import type { Table } from '../table/table.ts';

type Row = Readonly<Record<string, unknown>>;

export interface ChartInput {
  readonly title: string;
  readonly spec?: Row;
  readonly data?: readonly Row[];
  readonly table?: Table;
  readonly mark?: string;
  readonly x?: string;
  readonly y?: string;
  readonly color?: string;
  readonly format?: 'svg' | 'png';
}

export type ChartSpec = { readonly ok: true; readonly spec: Row } | { readonly ok: false; readonly reason: string };

/** Rows of one chart. */
export const MAX_ROWS = 10_000;

const MAX_SPEC_CHARACTERS = 2_000_000;
const MAX_DEPTH = 40;
const DEFAULT_WIDTH = 640;
const DEFAULT_HEIGHT = 360;

/** Names of a spec under which it would reach for something outside of itself. */
const OUTSIDE: readonly string[] = ['url', 'href'];
/** What stands under these is data. */
const DATA: readonly string[] = ['values', 'datasets'];

/** The Vega-Lite spec of a call, complete and self-contained, or why it cannot be drawn. */
export function chartSpec({ table, ...given }: ChartInput): ChartSpec {
  if (table && given.data) return no('give "data" or "table", not both');
  const input = table ? { ...given, data: rowsOf(table) } : given;
  const { spec, data } = input;
  if (spec === undefined) return fromShorthand(input);
  if (data !== undefined && spec.data !== undefined) return no('give "data" or the spec\'s own data, not both');
  const whole: Row = { ...spec, ...(data ? { data: { values: data } } : {}) };
  if (JSON.stringify(whole).length > MAX_SPEC_CHARACTERS)
    return no(`the spec is over ${MAX_SPEC_CHARACTERS} characters`);
  const reason = problemIn(whole, 0);
  if (reason) return no(reason);
  if (rowsIn(whole) > MAX_ROWS) return no(tooMany(rowsIn(whole)));
  const { $schema: _schema, usermeta: _usermeta, ...drawn } = whole;
  return { ok: true, spec: { title: input.title, ...drawn, ...sizes(drawn) } };
}

function rowsOf({ columns, rows }: Table): readonly Row[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])));
}

function fromShorthand({ title, data, mark, x, y, color }: ChartInput): ChartSpec {
  if (data === undefined || mark === undefined)
    return no('give a Vega-Lite "spec", or "data" and "mark" with "x" and "y"');
  if (data.length > MAX_ROWS) return no(tooMany(data.length));
  const channels = { x, y, color };
  const wanted = Object.entries(channels).filter(([, field]) => field !== undefined);
  const unknown = wanted.find(([, field]) => !data.some((row) => Object.hasOwn(row, String(field))));
  if (unknown) return no(`no row of "data" has the field "${unknown[1]}" of "${unknown[0]}"`);
  if (wanted.length === 0) return no('say which fields go where: "x", "y", "color"');
  const encoding = mark === 'arc' ? arcEncoding(data, channels) : plainEncoding(data, wanted);
  const size = { width: DEFAULT_WIDTH, height: DEFAULT_HEIGHT };
  return { ok: true, spec: { title, ...size, data: { values: data }, mark: { type: mark, tooltip: false }, encoding } };
}

type Channels = Pick<ChartInput, 'x' | 'y' | 'color'>;

/** A pie: the numbers are angles, what they belong to is a colour. */
function arcEncoding(data: readonly Row[], { x, y, color }: Channels) {
  const part = color ?? x;
  return {
    ...(y === undefined ? {} : { theta: channel(data, y) }),
    ...(part === undefined ? {} : { color: { ...channel(data, part), type: 'nominal' } }),
  };
}

function plainEncoding(data: readonly Row[], wanted: readonly (readonly [string, string | undefined])[]) {
  return Object.fromEntries(wanted.map(([name, field]) => [name, channel(data, String(field))]));
}

/** Names stay in the order of the rows. */
function channel(data: readonly Row[], field: string) {
  const type = typeOf(data.map((row) => row[field]).filter((value) => value !== null && value !== undefined));
  const plain = { field: field.replace(/[.[\]\\]/g, '\\$&'), title: field, type };
  return type === 'nominal' ? { ...plain, sort: null } : plain;
}

function typeOf(values: readonly unknown[]): 'quantitative' | 'temporal' | 'nominal' {
  if (values.length > 0 && values.every((value) => typeof value === 'number')) return 'quantitative';
  const isDate = (value: unknown) =>
    typeof value === 'string' && /^\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}.*)?)?$/.test(value);
  return values.length > 0 && values.every(isDate) ? 'temporal' : 'nominal';
}

/** Why a spec is not drawn; data is not looked at. */
function problemIn(value: unknown, depth: number): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (depth > MAX_DEPTH) return `the spec is nested over ${MAX_DEPTH} levels`;
  if (Array.isArray(value)) return firstProblem(value.map((item) => () => problemIn(item, depth + 1)));
  const entries = Object.entries(value).filter(([name]) => !DATA.includes(name));
  const outside = entries.find(([name]) => OUTSIDE.includes(name));
  if (outside) return `a chart reaches nothing outside: leave out "${outside[0]}", and give data as "values"`;
  const isImage = entries.some(([name, field]) => (name === 'mark' || name === 'type') && field === 'image');
  if (isImage) return 'a chart shows no images: the mark "image" is not drawn';
  return firstProblem(
    entries.map(
      ([, field]) =>
        () =>
          problemIn(field, depth + 1),
    ),
  );
}

function firstProblem(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check();
    if (problem) return problem;
  }
  return undefined;
}

function rowsIn(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + rowsIn(item), 0);
  return Object.entries(value).reduce(
    (sum, [name, field]) => sum + (DATA.includes(name) ? dataRows(field) : rowsIn(field)),
    0,
  );
}

function dataRows(data: unknown): number {
  if (typeof data === 'string') return data.split('\n').length;
  if (Array.isArray(data)) return data.length;
  return data === null || typeof data !== 'object'
    ? 0
    : Object.values(data).reduce<number>((sum, set) => sum + dataRows(set), 0);
}

/** There is no page whose size a chart could take. */
function sizes({ width, height }: Row) {
  return {
    ...(width === 'container' ? { width: DEFAULT_WIDTH } : {}),
    ...(height === 'container' ? { height: DEFAULT_HEIGHT } : {}),
  };
}

function tooMany(rows: number): string {
  return `${rows} rows are too many for a chart (${MAX_ROWS}): aggregate them first`;
}

function no(reason: string): ChartSpec {
  return { ok: false, reason };
}
