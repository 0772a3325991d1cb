import { plainText } from '../../domain/delivery-text.ts';
import type { StoredFile } from '../../domain/ports/files.ts';
import type { ToolContext } from '../../domain/ports/tool.ts';
import type { PdfPart } from '../render/render-job.ts';
import { squareTable, type Table } from '../table/table.ts';

export interface PdfInput {
  readonly title: string;
  readonly sections: readonly {
    readonly heading?: string;
    readonly text?: string;
    readonly table?: Table;
    readonly file?: string;
  }[];
  readonly filename?: string;
}

export type PdfParts =
  | { readonly ok: true; readonly parts: readonly PdfPart[] }
  | { readonly ok: false; readonly reason: string };

const MAX_PICTURES = 30;
const MAX_PICTURE_BYTES = 20 * 1024 * 1024;
const PICTURES: readonly string[] = ['image/png', 'image/jpeg'];

/** What a report shows, in order, with its pictures read from the files of the run. */
export async function pdfParts({ sections }: PdfInput, { files }: Pick<ToolContext, 'files'>): Promise<PdfParts> {
  const parts: PdfPart[] = [];
  let pictures = 0;
  let bytes = 0;
  for (const { heading, text, table, file: id } of sections) {
    if (heading) parts.push({ type: 'heading', text: plainText(heading) });
    if (text) parts.push({ type: 'markdown', text: plainText(text) });
    if (table) parts.push({ type: 'table', table: squareTable(table) });
    if (!id) continue;
    const found = await files?.readFile(id);
    if (!found) return no(`this run has no file "${id}"`);
    if (!isPicture(found.file))
      return no(`${found.file.filename} is no picture that a PDF can show: PNG, JPEG or a chart`);
    pictures += 1;
    bytes += found.bytes.length;
    if (pictures > MAX_PICTURES || bytes > MAX_PICTURE_BYTES)
      return no(`at most ${MAX_PICTURES} pictures and ${MAX_PICTURE_BYTES} bytes of them fit into a PDF`);
    parts.push({ type: 'image', mediaType: found.file.mediaType, base64: found.bytes.toString('base64') });
  }
  return { ok: true, parts };
}

/** An SVG is only drawn when the runtime made it: others can name files and places outside. */
function isPicture({ mediaType, kind }: StoredFile): boolean {
  return PICTURES.includes(mediaType) || (mediaType === 'image/svg+xml' && kind === 'chart');
}

function no(reason: string): PdfParts {
  return { ok: false, reason };
}
