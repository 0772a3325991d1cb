import { allPaths, type BundleFiles, type Listing, listFiles } from './list-files.ts';
import { createFileReader } from './read-file.ts';
import type { SourceFile } from './source-file.ts';

/** The files of one load by path, in the order in which they were listed. */
export interface Sources {
  readonly files: BundleFiles;
  readonly listing: Listing;
  readonly byPath: ReadonlyMap<string, SourceFile>;
  /** The latest change of any file, epoch ms. */
  readonly newest: number;
}

/**
 * A file that changed this shortly before it was read may change again without its times telling: clocks of file
 * systems move in steps of up to 10 ms. Such files are read again by the next load.
 */
const RACY_MS = 50;

/** By the machine's clock: longer than the coarsest steps in which file systems count time (2 s). */
const STILL_MS = 2500;

/**
 * Lists and reads every file; one that has not changed since `previous` is the same object as then. `now`, epoch ms,
 * tells which folders have stood still for long.
 */
export function readSources(dir: string, previous: Sources | undefined, now = 0): Sources {
  const racy = (previous?.newest ?? 0) - RACY_MS;
  const listing = listFiles(dir, previous?.listing, Math.max(racy, now - STILL_MS));
  const { files } = listing;
  const read = createFileReader(dir);
  const byPath = new Map<string, SourceFile>();
  let newest = 0;
  for (const path of allPaths(files)) {
    const known = previous?.byPath.get(path);
    const source = known && known.stat.ctimeMs >= racy ? reread(known, read(path, undefined)) : read(path, known);
    if (!source) continue;
    byPath.set(path, source);
    if (source.stat.ctimeMs > newest) newest = source.stat.ctimeMs;
  }
  return { files, listing, byPath, newest };
}

function reread(known: SourceFile, found: SourceFile | undefined): SourceFile | undefined {
  if (!found || found.problem || found.hash !== known.hash || known.problem) return found;
  const { size, mtimeMs, ctimeMs, ino } = known.stat;
  const { stat } = found;
  const isSame = stat.size === size && stat.mtimeMs === mtimeMs && stat.ctimeMs === ctimeMs && stat.ino === ino;
  return isSame ? known : found;
}
