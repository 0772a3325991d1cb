import type { Connection } from '../../domain/connection.ts';
import type { Effect, Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import type { HttpAnswer, HttpClient } from '../../net/index.ts';
import { fileNameOf, keepFile, type MadeFile } from '../files/keep-file.ts';
import { TABLE_MEDIA_TYPES, tableBytes } from '../files/table-bytes.ts';
import { askUpstream, type Means } from '../request/ask-upstream.ts';
import { applyRestrictions } from '../request/field-restrictions.ts';
import { type Place, placeOf, requestEffect } from '../request/request-call.ts';
import { type FoundTable, tableInCsv, tableInJson } from '../table/table-in.ts';
import { answerType, KINDS } from './exported-type.ts';

type Format = 'csv' | 'xlsx' | 'pdf' | 'image';

export interface ExportInput {
  readonly connection: string;
  readonly endpoint: string;
  readonly format: Format;
  readonly method?: 'GET' | 'POST';
  readonly params?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly rows?: string;
  readonly filename?: string;
}

/** Of an answer that is kept as it is. */
const MAX_BYTES = 20 * 1024 * 1024;
/** Of an answer that is read as a table. */
const MAX_TEXT_BYTES = 5 * 1024 * 1024;
const MAX_ROWS = 50_000;
/** Rows of a table on the pages of a PDF. */
const MAX_PDF_ROWS = 2_000;
/** Columns that the model is told of. */
const MAX_TOLD_COLUMNS = 30;
const MAX_COMPLAINT_CHARACTERS = 500;

const ACCEPT: Readonly<Record<Format, string>> = {
  csv: 'text/csv, application/json;q=0.9, */*;q=0.1',
  xlsx: `${TABLE_MEDIA_TYPES.xlsx}, application/json;q=0.9, text/csv;q=0.9, */*;q=0.1`,
  pdf: 'application/pdf, application/json;q=0.9, text/csv;q=0.9, */*;q=0.1',
  image: 'image/png, image/*;q=0.9, */*;q=0.1',
};

const INPUT_SCHEMA = {
  type: 'object',
  properties: {
    connection: { type: 'string' },
    endpoint: { type: 'string', description: 'The path below the connection, as for "request".' },
    format: { type: 'string', enum: ['csv', 'xlsx', 'pdf', 'image'] },
    method: { type: 'string', enum: ['GET', 'POST'], description: 'Default GET; POST only where it is a read.' },
    params: { type: 'object', description: 'Query parameters, e.g. the filters of a view.' },
    data: { description: 'The body of a POST.' },
    rows: { type: 'string', description: 'Where the rows are in a JSON answer, e.g. "data.items".' },
    filename: { type: 'string', maxLength: 120 },
  },
  required: ['connection', 'endpoint', 'format'],
  additionalProperties: false,
} as const;

/** The tool `export`: what a read of an HTTP connection answers, kept as a file of the run. */
export function exportTool(http: Pick<HttpClient, 'send'>): Tool {
  return {
    name: 'export',
    description:
      'Read from a connection into a file: a report or view that the upstream gives as CSV, Excel, PDF or picture, or rows of JSON as a table. Answers the id of the file, by which other tools attach it.',
    inputSchema: INPUT_SCHEMA,
    effect: (input, context) => effectOf(input as ExportInput, context),
    run: (input, context) => run(input as ExportInput, { context, http }),
  };
}

function effectOf(input: ExportInput, context: ToolContext): Effect {
  if (context.bundle.connections.get(input.connection)?.protocol === 'git') {
    return { ok: false, reason: `connection "${input.connection}" is a repository: read it with "request"` };
  }
  const { method = 'GET' } = input;
  const effect = requestEffect({ ...input, method }, context);
  return effect.ok && effect.call.kind === 'http' ? { ok: true, call: { ...effect.call, tool: 'export' } } : effect;
}

async function run(input: ExportInput, { context, http }: Means): Promise<ToolResult> {
  const { connection: name, format, method = 'GET' } = input;
  const connection = context.bundle.connections.get(name);
  const place = placeOf(input, connection, context.bundle.secrets);
  if (!connection || !place.ok) return failed('there is no such connection or path');
  if (context.write) return failed(`"export" only reads, and ${method} ${place.path} is a write`);
  const asking = { place, context, http, accept: ACCEPT[format], maxBytes: MAX_BYTES };
  const asked = await askUpstream(connection, { method, data: input.data }, asking);
  if (!asked.ok) return failed(asked.reason);
  const { answer, hide } = asked;
  if (!answer.ok) return { ok: false, text: answer.error };
  const redact = (text: string) => context.bundle.secrets.redact(hide(text));
  const keeping = { context, connection, place, redact };
  if (answer.status >= 300 || answer.bytes.length === 0) return noReport(answer, { method, keeping });
  return keepAnswer(input, answer, keeping);
}

interface Keeping {
  readonly context: ToolContext;
  readonly connection: Connection;
  readonly place: Place;
  readonly redact: (text: string) => string;
}

interface Refused {
  readonly method: string;
  readonly keeping: Keeping;
}

async function keepAnswer(input: ExportInput, answer: HttpAnswer, keeping: Keeping): Promise<ToolResult> {
  const { format } = input;
  const { context, connection, place, redact } = keeping;
  const kind = answerType(answer.bytes, answer.headers['content-type']);
  const isText = kind.type === 'json' || kind.type === 'csv' || (kind.type === 'other' && format === 'csv');
  if (isText && answer.bytes.length > MAX_TEXT_BYTES) {
    return failed(
      `the answer has ${answer.bytes.length} bytes, at most ${MAX_TEXT_BYTES} are read: filter it upstream`,
    );
  }
  const shown = applyRestrictions(
    connection,
    { method: input.method ?? 'GET', path: place.path },
    textOf(answer, kind.type),
  );
  if (!shown.ok) return failed(shown.reason);
  if (kind.type === 'xlsx' || kind.type === 'pdf' || kind.type === 'image') {
    if (kind.type !== format) return failed(`the answer is ${kind.mediaType}: ask for the format "${kind.type}"`);
    return keepFile(context, { ...fileOf(input, place, kind), bytes: answer.bytes });
  }
  if (format === 'image') return failed(`the answer is no picture but ${answer.headers['content-type'] ?? 'unknown'}`);
  const found = tableIn(redact(shown.text), input, kind.type);
  return found.ok ? keepTable(input, found, keeping) : failed(found.reason);
}

/** A field restriction can be held on JSON alone: everything else counts as a text that is none. */
function textOf(answer: HttpAnswer, type: ReturnType<typeof answerType>['type']): string {
  return type === 'json' || type === 'csv' || type === 'other' ? answer.text : '(bytes)';
}

function tableIn(text: string, { rows, format }: ExportInput, type: 'json' | 'csv' | 'other'): FoundTable {
  const maxRows = format === 'pdf' ? MAX_PDF_ROWS : MAX_ROWS;
  if (type === 'csv') return tableInCsv(text, maxRows);
  if (type === 'other') return { ok: false, reason: 'the answer is neither JSON, CSV, Excel, PDF nor a picture' };
  try {
    return tableInJson(JSON.parse(text), rows, maxRows);
  } catch {
    return { ok: false, reason: 'the answer says that it is JSON, and is not' };
  }
}

async function keepTable(
  input: ExportInput,
  { table, more }: Extract<FoundTable, { ok: true }>,
  { context, place }: Keeping,
): Promise<ToolResult> {
  const format = input.format === 'image' ? 'csv' : input.format;
  const file = fileOf(input, place, { type: format, extension: format, mediaType: TABLE_MEDIA_TYPES[format] });
  const title = file.filename.slice(0, -format.length - 1);
  const made = await tableBytes({ ...table, title, format }, context);
  if (!made.ok) return failed(made.error);
  const facts = {
    columns: table.columns.slice(0, MAX_TOLD_COLUMNS),
    rows: table.rows.length,
    ...(more > 0 ? { note: `${more} rows were left out: filter or page upstream` } : {}),
  };
  return keepFile(context, { ...file, bytes: made.bytes }, facts);
}

function fileOf(
  { filename, format }: ExportInput,
  { path }: Place,
  { extension, mediaType }: { readonly type: string; readonly extension: string; readonly mediaType: string },
): Omit<MadeFile, 'bytes'> {
  const last =
    decodeURIComponent(path)
      .split('/')
      .findLast((segment) => segment !== '') ?? 'export';
  return { filename: fileNameOf(filename ?? last, extension), mediaType, kind: KINDS[format] };
}

function noReport({ status, text }: HttpAnswer, { method, keeping }: Refused): ToolResult {
  const { connection, place, redact } = keeping;
  const shown = applyRestrictions(connection, { method, path: place.path }, text);
  const said = redact(shown.ok ? shown.text : shown.reason).slice(0, MAX_COMPLAINT_CHARACTERS);
  return { ok: false, status, text: `no report: ${status}${said === '' ? ', and nothing in it' : ` ${said}`}` };
}

function failed(text: string): ToolResult {
  return { ok: false, text, sent: false };
}
