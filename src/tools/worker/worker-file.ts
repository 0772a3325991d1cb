import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AmodalError } from '../../domain/error.ts';

/** The programs that `scripts/build.mjs` makes for child processes. */
export type WorkerProgram = 'sql-worker' | 'render-worker' | 'drift-worker';

/** Beside the bundled runtime, above its chunks, or in `dist/` when the sources themselves run. */
const PLACES = ['./', '../', '../../../dist/'];

/** The path of a worker's built program. */
export function workerFile(program: WorkerProgram): string {
  const paths = PLACES.map((place) => fileURLToPath(new URL(`${place}${program}.js`, import.meta.url)));
  const found = paths.find((path) => existsSync(path));
  if (found) return found;
  throw new AmodalError(
    'internal',
    `${program}.js is missing beside the runtime: install amodal again (or run its build).`,
  );
}
