import { withoutControls } from '../../domain/delivery-text.ts';
import type { FileKind, StoredFile } from '../../domain/ports/files.ts';
import type { ToolContext, ToolResult } from '../../domain/ports/tool.ts';

const MAX_NAME_CHARACTERS = 80;

export interface MadeFile {
  readonly filename: string;
  readonly mediaType: string;
  readonly kind: FileKind;
  readonly bytes: Uint8Array;
}

/** Keeps a file with the run; the result tells its id, by which other tools attach it, and `facts` about it. */
export async function keepFile(
  { files }: Pick<ToolContext, 'files'>,
  { bytes, ...file }: MadeFile,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<ToolResult> {
  if (!files) return { ok: false, text: 'no files can be kept here', sent: false };
  const saved = await files.saveFile(file, bytes);
  if (saved.ok) return { ok: true, text: JSON.stringify({ file: shownFile(saved.file), ...facts }) };
  switch (saved.reason) {
    case 'too_large':
      return { ok: false, text: `the file is larger than what a run may keep: ${bytes.length} bytes` };
    case 'too_many':
      return { ok: false, text: 'this run has made all the files that it may' };
  }
}

/** What the model is told of a file. */
export function shownFile({ id, filename, mediaType, sizeBytes }: StoredFile) {
  return { id, filename, mediaType, sizeBytes };
}

/** A plain file name with this extension: no folders, nothing that hides or turns text. */
export function fileNameOf(wanted: string, extension: string): string {
  const plain = withoutControls(wanted)
    .replace(/[^\p{L}\p{N}\p{M}._ -]+/gu, '-')
    .replace(/\s+/g, ' ')
    .replace(/^[.\s-]+|[.\s-]+$/g, '');
  const stem = plain.toLowerCase().endsWith(`.${extension}`) ? plain.slice(0, -extension.length - 1) : plain;
  const short = [...stem].slice(0, MAX_NAME_CHARACTERS).join('').trim();
  return `${short || 'file'}.${extension}`;
}
