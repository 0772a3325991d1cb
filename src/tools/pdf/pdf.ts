import type { Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { fileNameOf, keepFile } from '../files/keep-file.ts';
import { redacted } from '../files/redacted.ts';
import { render } from '../render/render.ts';
import { tableSchema } from '../table/table.ts';
import { type PdfInput, pdfParts } from './pdf-parts.ts';

const MAX_SECTIONS = 100;
const MAX_TABLE_ROWS = 2_000;

const INPUT_SCHEMA = {
  type: 'object',
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 200 },
    sections: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_SECTIONS,
      items: {
        type: 'object',
        properties: {
          heading: { type: 'string', maxLength: 200 },
          text: {
            type: 'string',
            maxLength: 100_000,
            description: 'Markdown: headings, lists, **bold**, *italics*, `code`. No pictures, no links.',
          },
          table: tableSchema(MAX_TABLE_ROWS),
          file: { type: 'string', description: 'The id of a picture (PNG, JPEG or a chart) of this run.' },
        },
        additionalProperties: false,
      },
    },
    filename: { type: 'string', maxLength: 120, description: 'Default: the title.' },
  },
  required: ['title', 'sections'],
  additionalProperties: false,
} as const;

/** The tool `pdf`: a report of texts, tables and charts as a file of the run. */
export function pdfTool(): Tool {
  return {
    name: 'pdf',
    description:
      'Write a report as a PDF file: sections of text (Markdown), tables and charts by the id of their file. Answers the id of the file, by which other tools attach it.',
    inputSchema: INPUT_SCHEMA,
    effect: () => ({ ok: true, call: { kind: 'local', tool: 'pdf' } }),
    run: (input, context) => write(redacted(input as PdfInput, context), context),
  };
}

async function write(input: PdfInput, context: ToolContext): Promise<ToolResult> {
  const parts = await pdfParts(input, context);
  if (!parts.ok) return { ok: false, text: parts.reason, sent: false };
  const { title, filename } = input;
  const subtitle = `${context.automation.title} · ${new Date(context.now()).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const written = await render({ type: 'pdf', title, subtitle, parts: parts.parts }, context);
  if (!written.ok) return { ok: false, text: `no PDF: ${written.error}`, sent: false };
  const name = fileNameOf(filename ?? title, 'pdf');
  return keepFile(context, { filename: name, mediaType: 'application/pdf', kind: 'document', bytes: written.bytes });
}
