import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { errorAt } from './finding.ts';
import { type FileStat, MAX_FILE_BYTES, NO_STAT, type SourceFile } from './source-file.ts';

/** Reads one file below the folder, or gives back `known` when it has not changed; undefined when it is gone. */
export type ReadFile = (path: string, known: SourceFile | undefined) => SourceFile | undefined;

/** A synchronous reader that uses one buffer for all files. */
export function createFileReader(dir: string): ReadFile {
  const buffer = Buffer.allocUnsafeSlow(MAX_FILE_BYTES + 1);
  return (path, known) => {
    const file = `${dir}/${path}`;
    try {
      if (known && isSame(known.stat, statSync(file, { throwIfNoEntry: false }))) return known;
      return readWhole(path, file, buffer);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      return code === 'ENOENT' ? undefined : unusable(path, `cannot be read (${code ?? error})`, 'unreadable-file');
    }
  };
}

/** A pipe put in place of a file must not hold up the load. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

function readWhole(path: string, file: string, buffer: Buffer): SourceFile | undefined {
  const fd = openSync(file, FLAGS);
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) return undefined;
    const { size, mtimeMs, ctimeMs, ino } = found;
    const stat = { size, mtimeMs, ctimeMs, ino };
    const length = size > MAX_FILE_BYTES ? size : fill(fd, buffer, size);
    if (length > MAX_FILE_BYTES) {
      const message = `the file has ${length} bytes; at most ${MAX_FILE_BYTES} (1 MiB) are read`;
      return { ...unusable(path, message, 'file-too-large'), stat };
    }
    const bytes = buffer.subarray(0, length);
    const digest = hash('sha256', bytes);
    if (!isUtf8(bytes)) return { ...unusable(path, 'the file is not UTF-8 text', 'not-utf8'), hash: digest, stat };
    return { path, text: withoutMark(bytes.toString('utf8')), hash: digest, stat };
  } finally {
    closeSync(fd);
  }
}

/** One read is enough unless the file changes under it. */
function fill(fd: number, buffer: Buffer, size: number): number {
  let length = readSync(fd, buffer, 0, buffer.length, null);
  if (length === size) return length;
  for (;;) {
    const more = readSync(fd, buffer, length, buffer.length - length, null);
    if (more === 0) return length;
    length += more;
  }
}

function isSame(known: FileStat, found: FileStat | undefined): boolean {
  return (
    found !== undefined &&
    known.mtimeMs === found.mtimeMs &&
    known.size === found.size &&
    known.ino === found.ino &&
    known.ctimeMs === found.ctimeMs
  );
}

function unusable(path: string, message: string, code: string): SourceFile {
  return { path, text: '', hash: '', stat: NO_STAT, problem: errorAt([], code, message) };
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
