import PDFDocument from 'pdfkit';
import { inlineMarkdown } from '../../markdown/inline-markdown.ts';
import { type Block, markdownBlocks } from '../../markdown/markdown-blocks.ts';
import { cellText, type Table } from '../../table/table.ts';
import type { PdfPart, PdfTask, RenderAnswer } from '../render-job.ts';
import { FONTS } from './fonts.ts';
import { placeImage } from './place-image.ts';

const MARGIN = 56;
const SIZE = 10;
const SMALL = 8;
const HEADINGS = { 1: 16, 2: 13, 3: 11 } as const;
const INDENT = 14;
const GREY = '#666666';
const LINE = '#cccccc';
const MAX_PAGES = 300;

type Pdf = PDFKit.PDFDocument;

/** A report on A4 pages: title, parts in order, page numbers. No links, no scripts, nothing loaded. */
export async function writePdf({ title, subtitle, parts }: PdfTask): Promise<RenderAnswer> {
  const pdf = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    font: FONTS.regular,
    info: { Title: title, Producer: 'amodal', Creator: 'amodal' },
  });
  const bytes = collect(pdf);
  for (const [name, file] of Object.entries(FONTS)) pdf.registerFont(name, file);
  pdf.font('bold').fontSize(20).text(title);
  pdf.font('regular').fontSize(SMALL).fillColor(GREY).text(subtitle).fillColor('black').moveDown(1.5);
  for (const part of parts) {
    writePart(pdf, part);
    const pages = pdf.bufferedPageRange().count;
    if (pages > MAX_PAGES) return { ok: false, error: `it would have over ${MAX_PAGES} pages: leave some out` };
  }
  numberPages(pdf);
  pdf.end();
  return { ok: true, base64: (await bytes).toString('base64'), notes: [] };
}

async function collect(pdf: Pdf): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of pdf) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function writePart(pdf: Pdf, part: PdfPart): void {
  switch (part.type) {
    case 'heading':
      writeHeading(pdf, part.text, 1);
      return;
    case 'markdown':
      for (const block of markdownBlocks(part.text)) writeBlock(pdf, block);
      return;
    case 'table':
      writeTable(pdf, part.table);
      return;
    case 'image':
      placeImage(pdf, part);
      if (part.caption) pdf.font('regular').fontSize(SMALL).fillColor(GREY).text(part.caption).fillColor('black');
      pdf.moveDown();
  }
}

function writeHeading(pdf: Pdf, text: string, level: 1 | 2 | 3): void {
  // A heading does not stand alone at the foot of a page.
  if (pdf.y > pdf.page.height - MARGIN - 3 * HEADINGS[level]) pdf.addPage();
  pdf.moveDown(0.4).font('bold').fontSize(HEADINGS[level]).text(text).moveDown(0.3);
}

function writeBlock(pdf: Pdf, block: Block): void {
  switch (block.type) {
    case 'heading':
      writeHeading(pdf, block.text, block.level);
      return;
    case 'item': {
      const indent = INDENT * (block.depth + 1);
      writeLine(pdf, `${block.mark} ${block.text}`, { indent, gap: 0.15 });
      return;
    }
    case 'code':
      pdf
        .font('code')
        .fontSize(SMALL)
        .text(block.text, MARGIN + INDENT)
        .moveDown(0.6);
      pdf.x = MARGIN;
      return;
    case 'paragraph':
      writeLine(pdf, block.text, { indent: 0, gap: 0.6 });
  }
}

function writeLine(pdf: Pdf, line: string, { indent, gap }: { readonly indent: number; readonly gap: number }): void {
  const spans = inlineMarkdown(line);
  const width = pdf.page.width - 2 * MARGIN - indent;
  pdf.fontSize(SIZE);
  spans.forEach(({ style, text }, index) => {
    const continued = index < spans.length - 1;
    pdf.font(style);
    if (index === 0) pdf.text(text, MARGIN + indent, pdf.y, { width, continued });
    else pdf.text(text, { continued });
  });
  pdf.moveDown(gap);
  pdf.x = MARGIN;
}

function writeTable(pdf: Pdf, { title, columns, rows }: Table): void {
  if (title) pdf.font('bold').fontSize(SIZE).text(title).moveDown(0.3);
  pdf.font('regular').fontSize(SMALL);
  const numeric = columns.map((_, index) => rows.every((row) => typeof (row[index] ?? 0) === 'number'));
  const head = columns.map((text) => ({ text, font: { src: 'bold', size: SMALL } }));
  const body = rows.map((row) =>
    row.map((cell, index) => ({ text: cellText(cell), align: { x: numeric[index] ? 'right' : 'left' } as const })),
  );
  const border = { top: 0, right: 0, bottom: 0.5, left: 0 };
  pdf.table({ data: [head, ...body], defaultStyle: { padding: 3, border, borderColor: LINE } });
  pdf.x = MARGIN;
  pdf.moveDown();
}

function numberPages(pdf: Pdf): void {
  const { start, count } = pdf.bufferedPageRange();
  for (let page = start; page < start + count; page += 1) {
    pdf.switchToPage(page);
    // Text below the margin would begin another page.
    pdf.page.margins.bottom = 0;
    const y = pdf.page.height - MARGIN / 2 - SMALL;
    pdf.font('regular').fontSize(SMALL).fillColor(GREY);
    pdf.text(`${page + 1} / ${count}`, MARGIN, y, {
      align: 'center',
      lineBreak: false,
      width: pdf.page.width - 2 * MARGIN,
    });
  }
}
