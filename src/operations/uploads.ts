import { AmodalError } from '../domain/error.ts';
import { opensFile } from '../domain/file-url.ts';
import type { StoredFile } from '../domain/ports/files.ts';
import { isoTime } from './iso-time.ts';
import type { CallerPorts } from './ports.ts';
import type { Principal } from './principal.ts';
import { requireReadableRun } from './session-messages.ts';

/** Most bytes of one uploaded file. */
export const DEFAULT_MAX_UPLOAD_BYTES = 26_214_400;

/** Most uploaded files of one key that are kept at once. */
export const DEFAULT_MAX_UPLOADS = 1000;

const LONGEST_FILENAME = 200;
const MEDIA_TYPE = /^[\w.+-]{1,60}\/[\w.+-]{1,80}$/;

/** A file as it comes in; its bytes are read once. */
export interface Upload {
  readonly filename: string;
  readonly mediaType: string;
  readonly source: AsyncIterable<Uint8Array>;
}

export type UploadResult =
  | { readonly ok: true; readonly file: UploadView }
  | { readonly ok: false; readonly reason: 'too_large' | 'too_many' };

export interface UploadView {
  readonly id: string;
  readonly filename: string;
  readonly media_type: string;
  readonly size_bytes: number;
  readonly expires_at: string;
}

/** The parameters of a signed link. */
export interface FileLink {
  readonly expires: string;
  readonly signature: string;
}

/** Streams an upload to disk; nothing is left of one that is refused. */
export async function saveUpload(
  { database, clock }: CallerPorts,
  principal: Principal,
  { filename, mediaType, source }: Upload,
): Promise<UploadResult> {
  const saved = await database.saveFile(
    {
      filename: plainFilename(filename),
      mediaType: MEDIA_TYPE.test(mediaType) ? mediaType.toLowerCase() : 'application/octet-stream',
      kind: 'upload',
      owner: ownerOf(principal),
    },
    source,
    { maxBytes: DEFAULT_MAX_UPLOAD_BYTES, maxFiles: DEFAULT_MAX_UPLOADS },
    clock.now(),
  );
  return saved.ok ? { ok: true, file: uploadView(saved.file) } : saved;
}

/** Who owns what a caller uploads. */
export function ownerOf(principal: Principal): string {
  return principal.type === 'admin' ? 'admin' : principal.key.id;
}

/** Throws `forbidden` for a wrong or expired link, `not_found` for what is gone or somebody else's. */
export async function openFile(
  ports: CallerPorts,
  access: { readonly principal: Principal } | { readonly link: FileLink },
  id: string,
): Promise<{ readonly file: StoredFile; readonly bytes: Buffer }> {
  const { database, clock, instanceSecret } = ports;
  const now = clock.now();
  if ('link' in access && !opensFile(instanceSecret, { file: id, ...access.link }, now)) {
    throw new AmodalError('forbidden', 'This link is wrong or over: ask for the run again to get a new one.');
  }
  const file = await database.getFile(id, now);
  const isOpen = file && ('link' in access || (await mayOpen(ports, access.principal, file)));
  const bytes = isOpen ? await database.readFile(id, now) : undefined;
  if (file && bytes) return { file, bytes };
  throw new AmodalError('not_found', `No file has the id "${id.slice(0, 80)}", or it is gone.`);
}

async function mayOpen(ports: CallerPorts, principal: Principal, { owner, run }: StoredFile): Promise<boolean> {
  if (principal.type === 'admin' || owner === principal.key.id) return true;
  if (run === undefined) return false;
  try {
    await requireReadableRun(ports, principal, run);
    return true;
  } catch (error) {
    if (error instanceof AmodalError) return false;
    throw error;
  }
}

function uploadView({ id, filename, mediaType, sizeBytes, expiresAt }: StoredFile): UploadView {
  return { id, filename, media_type: mediaType, size_bytes: sizeBytes, expires_at: isoTime(expiresAt) };
}

/** The last part of a path, without anything that a shell, a header or a terminal would read. */
function plainFilename(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const plain = last.replace(/[\p{Cc}\p{Cf}\p{Surrogate}"<>|:*?]/gu, '_').replace(/^\.+/, '');
  return plain.trim().slice(0, LONGEST_FILENAME) || 'file';
}
