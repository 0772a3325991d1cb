import type { FileKind } from '../../domain/ports/files.ts';
import { TABLE_MEDIA_TYPES } from '../files/table-bytes.ts';

/** What an upstream's answer is, by its own bytes first, then by its content type. */
export type AnswerType =
  | { readonly type: 'json' | 'csv' }
  | { readonly type: 'xlsx' | 'pdf' | 'image'; readonly extension: string; readonly mediaType: string }
  | { readonly type: 'other' };

export const KINDS: Readonly<Record<'csv' | 'xlsx' | 'pdf' | 'image', FileKind>> = {
  csv: 'table',
  xlsx: 'table',
  pdf: 'document',
  image: 'image',
};

/** Pictures that a reader's program draws without running anything in them, by their first bytes. */
const PICTURES: readonly (readonly [string, (head: string) => boolean])[] = [
  ['png', (head) => head.startsWith('\x89PNG\r\n\x1a\n')],
  ['jpeg', (head) => head.startsWith('\xff\xd8\xff')],
  ['gif', (head) => /^GIF8[79]a/.test(head)],
  ['webp', (head) => head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP'],
];

export function answerType(bytes: Buffer, contentType = ''): AnswerType {
  const head = bytes.toString('latin1', 0, 16);
  if (head.startsWith('%PDF-')) return { type: 'pdf', extension: 'pdf', mediaType: TABLE_MEDIA_TYPES.pdf };
  // A workbook is a ZIP file whose first entries are listed at its end and named in its body.
  if (head.startsWith('PK\x03\x04') && bytes.includes('xl/workbook.xml')) {
    return { type: 'xlsx', extension: 'xlsx', mediaType: TABLE_MEDIA_TYPES.xlsx };
  }
  const picture = PICTURES.find(([, begins]) => begins(head))?.[0];
  if (picture) return { type: 'image', extension: picture, mediaType: `image/${picture}` };
  if (/[/+]json\b/i.test(contentType)) return { type: 'json' };
  if (/^\s*[[{]/.test(head)) return { type: 'json' };
  if (/^text\/(csv|tab-separated-values|plain)\b|\bcsv\b/i.test(contentType)) return { type: 'csv' };
  return { type: 'other' };
}
