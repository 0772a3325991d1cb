import { errorAt, type Finding } from './finding.ts';

/** What tells a changed file from an unchanged one. Times are epoch ms with the fraction that the file system keeps. */
export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
}

/** One file as it was read. An unchanged file is the same object in the next load. */
export interface SourceFile {
  /** Relative to the bundle's folder, with `/`. */
  readonly path: string;
  /** UTF-8 without a byte order mark; empty when there is a `problem`. */
  readonly text: string;
  /** SHA-256 of the bytes, lower hex; empty when they were not read. */
  readonly hash: string;
  readonly stat: FileStat;
  /** Why the file could not be used at all: too large, unreadable, not UTF-8. */
  readonly problem?: Finding;
}

export const MAX_FILE_BYTES = 1_048_576;

/** The times of a file that could not be looked at: they equal no other. */
export const NO_STAT: FileStat = { size: -1, mtimeMs: 0, ctimeMs: 0, ino: 0 };

/** Stands for a file without which its folder means nothing. */
export function missingFile(path: string): SourceFile {
  const problem = errorAt([], 'missing-file', 'the file is missing: without it the folder means nothing');
  return { path, text: '', hash: '', stat: NO_STAT, problem };
}
