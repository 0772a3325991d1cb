import { hash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** SHA-256 of each of the files that are there, by path; of a link where it leads. */
export function hashFiles(dir: string, paths: readonly string[]): ReadonlyMap<string, string> {
  const found = paths.flatMap((path): readonly (readonly [string, string])[] => {
    const file = join(dir, path);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) return [[path, hash('sha256', `link ${readlinkSync(file)}`)]];
    return stat?.isFile() ? [[path, hash('sha256', readFileSync(file))]] : [];
  });
  return new Map(found);
}
