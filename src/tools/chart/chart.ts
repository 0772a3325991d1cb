import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { fileNameOf, keepFile } from '../files/keep-file.ts';
import { redacted } from '../files/redacted.ts';
import { render } from '../render/render.ts';
import { tableSchema } from '../table/table.ts';
import { type FoundTable, tableInCsv } from '../table/table-in.ts';
import { type ChartInput, chartSpec, MAX_ROWS } from './chart-spec.ts';

const MEDIA_TYPES = { svg: 'image/svg+xml', png: 'image/png' } as const;

const INPUT_SCHEMA = {
  type: 'object',
  properties: {
    title: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description: 'Stands above the chart; its file is named so.',
    },
    spec: { type: 'object', description: 'A Vega-Lite spec with its data inline ("data": {"values": […]}), no URLs.' },
    data: {
      type: 'array',
      items: { type: 'object' },
      description: 'Rows, for the short form (with "mark", "x", "y"), or as the data of "spec".',
    },
    table: { ...tableSchema(MAX_ROWS), description: 'The same as a table, e.g. the columns and rows of "sql_query".' },
    file: { type: 'string', description: 'Instead: the id of a CSV file of this run.' },
    mark: {
      type: 'string',
      enum: ['bar', 'line', 'area', 'point', 'arc', 'tick', 'rect'],
      description: 'Of the short form.',
    },
    x: { type: 'string', description: 'The field of the horizontal axis; for "arc" what the parts are.' },
    y: { type: 'string', description: 'The field of the vertical axis; for "arc" how large they are.' },
    color: { type: 'string', description: 'The field that sets series apart.' },
    format: { type: 'string', enum: ['svg', 'png'], description: 'Default "png".' },
  },
  required: ['title'],
  additionalProperties: false,
} as const;

/** The tool `chart`: a Vega-Lite chart as a file of the run; no network, no code. */
export function chartTool(): Tool {
  return {
    name: 'chart',
    description:
      'Draw a chart as a file (PNG or SVG), from rows and field names or from a Vega-Lite spec. Answers the id of the file, by which other tools attach it.',
    inputSchema: INPUT_SCHEMA,
    effect: (input) => {
      // What stands in a file is known only when it is read.
      const spec = isOfFile(input as FileInput) ? ({ ok: true } as const) : chartSpec(input as ChartInput);
      return spec.ok ? { ok: true, call: { kind: 'local', tool: 'chart' } } : spec;
    },
    run: (input, context) => draw(redacted(input as FileInput, context), context),
  };
}

interface FileInput extends ChartInput {
  /** Id of a CSV file. */
  readonly file?: string;
}

function isOfFile({ file, data, table }: FileInput): boolean {
  return file !== undefined && data === undefined && table === undefined;
}

async function draw(given: FileInput, context: ToolContext): Promise<ToolResult> {
  const read = given.file === undefined ? undefined : await rowsOf(given, given.file, context);
  if (read && !read.ok) return { ok: false, text: read.reason, sent: false };
  const input = read ? { ...given, table: read.table } : given;
  const chart = chartSpec(input);
  if (!chart.ok) return { ok: false, text: chart.reason, sent: false };
  const { format = 'png', title } = input;
  const drawn = await render({ type: 'chart', spec: chart.spec, format }, context);
  if (!drawn.ok) return { ok: false, text: `no chart: ${drawn.error}`, sent: false };
  const { bytes, notes } = drawn;
  const file = { filename: fileNameOf(title, format), mediaType: MEDIA_TYPES[format], kind: 'chart', bytes } as const;
  return keepFile(context, file, notes.length > 0 ? { notes } : {});
}

async function rowsOf(given: FileInput, id: string, { files }: Pick<ToolContext, 'files'>): Promise<FoundTable> {
  if (!isOfFile(given)) return { ok: false, reason: 'give "data", "table" or "file", not two of them' };
  const found = await files?.readFile(id);
  if (!found) return { ok: false, reason: `this run has no file "${id}"` };
  const { filename, mediaType } = found.file;
  if (!mediaType.startsWith('text/csv')) return { ok: false, reason: `${filename} is no CSV file` };
  const table = tableInCsv(found.bytes.toString('utf8'), MAX_ROWS);
  return table.ok && table.more > 0
    ? { ok: false, reason: `${filename} has over ${MAX_ROWS} rows: aggregate them first` }
    : table;
}
