import type { Cell, Table } from '../table/table.ts';
import type { WorkerLimits } from '../worker/run-worker.ts';

/** What a render worker makes. */
export type RenderTask = ChartTask | PdfTask | XlsxTask;

export interface ChartTask {
  readonly type: 'chart';
  /** Vega-Lite, its data inline. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly format: 'svg' | 'png';
}

export interface PdfTask {
  readonly type: 'pdf';
  readonly title: string;
  /** A line below the title, e.g. the date. */
  readonly subtitle: string;
  readonly parts: readonly PdfPart[];
}

/** `markdown` knows headings, lists, bold, italics and code; everything else of it is text. */
export type PdfPart =
  | { readonly type: 'heading'; readonly text: string }
  | { readonly type: 'markdown'; readonly text: string }
  | { readonly type: 'table'; readonly table: Table }
  | { readonly type: 'image'; readonly mediaType: string; readonly base64: string; readonly caption?: string };

export interface XlsxTask {
  readonly type: 'xlsx';
  readonly sheet: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What a render worker reads from its stdin. */
export interface RenderJob extends WorkerLimits {
  readonly task: RenderTask;
}

/** What it writes to its stdout. */
export type RenderAnswer =
  /** `notes`: what the reader of the file should know, e.g. a field of a chart that holds no numbers. */
  | { readonly ok: true; readonly base64: string; readonly notes: readonly string[] }
  | { readonly ok: false; readonly error: string };
