import type { PdfPart } from '../render-job.ts';
import { imageSize } from './image-size.ts';
import { rasterize } from './rasterize.ts';

const MAX_PIXELS = 40_000_000;
const MAX_HEIGHT = 420;

/** Puts a picture on the page, as wide as the text at most; a new page begins where it does not fit. */
export function placeImage(
  pdf: PDFKit.PDFDocument,
  { mediaType, base64, caption }: Extract<PdfPart, { type: 'image' }>,
): void {
  const source = Buffer.from(base64, 'base64');
  const size = imageSize(source, mediaType);
  if (!size) throw new Error(`${caption ?? 'a picture'} is no ${mediaType} that can be read`);
  if (size.width * size.height > MAX_PIXELS) throw new Error(`${caption ?? 'a picture'} has too many pixels`);
  const bytes = mediaType === 'image/svg+xml' ? rasterize(source.toString('utf8'), size) : source;
  const { left, right, bottom } = pdf.page.margins;
  const room = pdf.page.width - left - right;
  const scale = Math.min(room / size.width, MAX_HEIGHT / size.height, 1);
  const height = size.height * scale;
  if (pdf.y + height > pdf.page.height - bottom) pdf.addPage();
  const top = pdf.y;
  pdf.image(bytes, left, top, { width: size.width * scale, height });
  pdf.x = left;
  pdf.y = top + height + 4;
}
