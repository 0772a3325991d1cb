import type { Connection } from '../../domain/connection.ts';
import type { Effect, Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { createSlots } from '../worker/slots.ts';
import { runSqlWorker } from './run-sql-worker.ts';
import { type SqlTable, saveTable } from './save-table.ts';
import type { Cell, SqlAnswer, SqlJob } from './sql-job.ts';
import { driverOf, sqlTargetOf } from './sql-target.ts';
import { statementRefusal } from './statement-refusal.ts';

/** Of a connection that does not say `timeoutSeconds`. */
export const DEFAULT_SQL_TIMEOUT_SECONDS = 5;
/** Of a connection that does not say `maxRows`. */
export const DEFAULT_SQL_MAX_ROWS = 1_000;

const MAX_BYTES = 262_144;
/** Of a result that is saved as a file. */
const MAX_SAVED_ROWS = 10_000;
const MAX_SAVED_BYTES = 5 * 1024 * 1024;
const MAX_MEMORY_BYTES = 512 * 1024 * 1024;
const MAX_CELL_CHARACTERS = 4_000;
const MAX_ERROR_CHARACTERS = 600;
/** Workers at once in a process; more calls wait. */
const MAX_WORKERS = 4;

interface SqlInput {
  readonly connection: string;
  readonly sql: string;
  readonly params?: SqlJob['params'];
  readonly save?: 'csv' | 'xlsx';
  readonly filename?: string;
}

const INPUT_SCHEMA = {
  type: 'object',
  properties: {
    connection: { type: 'string', description: 'The name of a connection to a database.' },
    sql: {
      type: 'string',
      minLength: 1,
      description: 'One reading statement in the dialect of the database, e.g. SELECT or WITH … SELECT.',
    },
    params: {
      type: 'array',
      items: { type: ['string', 'number', 'boolean', 'null'] },
      maxItems: 100,
      description: 'Values for placeholders: ? in SQLite and MySQL, $1 in Postgres.',
    },
    save: {
      type: 'string',
      enum: ['csv', 'xlsx'],
      description: 'Keep all rows as a file and answer its id with the first rows.',
    },
    filename: { type: 'string', maxLength: 120, description: 'With "save".' },
  },
  required: ['connection', 'sql'],
  additionalProperties: false,
} as const;

/** The tool `sql_query`: one reading statement on a database connection, answered as a table. It never writes. */
export function sqlQueryTool(): Tool {
  const inSlot = createSlots(MAX_WORKERS);
  return {
    name: 'sql_query',
    description:
      'Read from a database connection with one SQL statement. Answers columns and rows; long results are cut, so aggregate and filter in SQL. Statements that change something are always refused.',
    inputSchema: INPUT_SCHEMA,
    effect: (input, context) => effectOf(input as SqlInput, context),
    run: (input, context) => inSlot(() => run(input as SqlInput, context), givenUp, context.signal),
  };
}

function givenUp(): ToolResult {
  return { ok: false, text: 'stopped while it waited for its turn', sent: false };
}

function effectOf({ connection: name, sql }: SqlInput, { bundle }: ToolContext): Effect {
  const connection = bundle.connections.get(name);
  if (connection) {
    const driver = connection.protocol === 'sql' ? driverOf(connection) : undefined;
    if (!driver) return { ok: false, reason: `connection "${name}" is not a database: "sql_query" does not reach it` };
    if (connection.fieldRestrictions.length > 0) return { ok: false, reason: restrictedFields(connection) };
    const refusal = statementRefusal(driver, sql);
    if (refusal) return { ok: false, reason: `Refused by the runtime: ${refusal}.` };
  }
  return { ok: true, call: { kind: 'tool', tool: 'sql_query', effect: 'read', connection: name } };
}

/** SQL can rename and combine columns, so a rule about fields cannot be held from outside. */
function restrictedFields({ name }: Connection): string {
  return `the access file of connection "${name}" restricts fields, which cannot be held over SQL: give the connection a view or a role without these columns, and drop "fieldRestrictions"`;
}

async function run(input: SqlInput, context: ToolContext): Promise<ToolResult> {
  const { connection: name, sql, params = [], save } = input;
  const connection = context.bundle.connections.get(name);
  if (!connection) return { ok: false, text: `there is no connection "${name}"`, sent: false };
  const found = sqlTargetOf(connection, context.bundle);
  if (!found.ok) return { ok: false, text: `connection "${name}": ${found.reason}`, sent: false };
  const { timeoutSeconds, maxRows } = connection.spec;
  const job: SqlJob = {
    target: found.target,
    sql,
    params,
    maxRows: numberOr(maxRows, save ? MAX_SAVED_ROWS : DEFAULT_SQL_MAX_ROWS),
    maxBytes: save ? MAX_SAVED_BYTES : Math.min(MAX_BYTES, context.automation.limits.maxToolResultBytes),
    timeoutMs: numberOr(timeoutSeconds, DEFAULT_SQL_TIMEOUT_SECONDS) * 1000,
    maxMemoryBytes: MAX_MEMORY_BYTES,
  };
  const hide = (text: string) =>
    context.bundle.secrets.redact(found.hidden.reduce((all, value) => all.replaceAll(value, '[redacted]'), text));
  const table = tableOf(await runSqlWorker(job, context.signal), job, hide);
  if (!table.ok) return { ok: false, text: table.error };
  return save ? saveTable(table.value, { ...input, save }, context) : { ok: true, text: JSON.stringify(table.value) };
}

type FoundTable = { readonly ok: true; readonly value: SqlTable } | { readonly ok: false; readonly error: string };

function tableOf(answer: SqlAnswer, { maxRows }: SqlJob, hide: (text: string) => string): FoundTable {
  if (!answer.ok) return { ok: false, error: cut(hide(answer.error), MAX_ERROR_CHARACTERS) };
  const { columns, rows, cut: by } = answer;
  const shown = rows.map((row) => row.map((cell) => shownCell(cell, hide)));
  const why = by === 'rows' ? `at the cap of ${maxRows} rows` : 'at the cap of bytes';
  const note = by
    ? { note: `cut after ${rows.length} rows ${why}: there are more; aggregate, filter or page in SQL` }
    : {};
  return { ok: true, value: { columns, rows: shown, rowCount: rows.length, ...note } };
}

/** Redacted before it is cut, so that a cut never leaves the beginning of a secret. */
function shownCell(cell: Cell, hide: (text: string) => string): Cell {
  if (typeof cell === 'string') return cut(hide(cell), MAX_CELL_CHARACTERS);
  const json = typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : '';
  return json.length > MAX_CELL_CHARACTERS ? cut(hide(json), MAX_CELL_CHARACTERS) : cell;
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}… [cut, ${text.length} characters]`;
}

function numberOr(value: unknown, usual: number): number {
  return typeof value === 'number' ? value : usual;
}
