import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from './root-dir.ts';

/** A set of shared test vectors as JSON, read from beside the repository; undefined where it is not checked out. */
export function vectors<Vector>(name: string): readonly Vector[] | undefined {
  const file = join(rootDir, '../shared/vectors', name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
