import type { RunId } from '../run.ts';

/** What a file is, for people and for `files[].kind` of an answer. */
export type FileKind = 'upload' | 'chart' | 'document' | 'table' | 'image';

/** A file that a caller sent or a run made; its bytes are on disk beside the state. Epoch ms. */
export interface StoredFile {
  /** `fi_` and 32 hexadecimal digits. */
  readonly id: string;
  /** A plain file name without folders. */
  readonly filename: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly kind: FileKind;
  /** The run that made it; undefined for uploads. */
  readonly run?: RunId;
  /** Who uploaded it: an access key's id or `admin`; undefined for files of runs. */
  readonly owner?: string;
  readonly createdAt: number;
  /** It is gone after that. */
  readonly expiresAt: number;
}

export type NewFile = Pick<StoredFile, 'filename' | 'mediaType' | 'kind' | 'run' | 'owner'>;

export type SaveResult =
  | { readonly ok: true; readonly file: StoredFile }
  /** `too_large`: over `maxBytes`. `too_many`: the run or owner has used up its number of files. */
  | { readonly ok: false; readonly reason: 'too_large' | 'too_many' };

/** Bytes on disk with a row each: whole or not there at all. */
export interface Files {
  /** Streams to disk; nothing is left when it is refused or the source breaks off. */
  saveFile(
    file: NewFile,
    source: Uint8Array | AsyncIterable<Uint8Array>,
    limits: { readonly maxBytes: number; readonly maxFiles: number },
    now: number,
  ): Promise<SaveResult>;
  getFile(id: string, now: number): Promise<StoredFile | undefined>;
  /** Whole; undefined when it is gone. */
  readFile(id: string, now: number): Promise<Buffer | undefined>;
  listRunFiles(run: RunId, now: number): Promise<readonly StoredFile[]>;
  /** Removes what has expired. */
  removeExpired(now: number): Promise<number>;
}
