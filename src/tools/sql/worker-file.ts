import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AmodalError } from '../../domain/error.ts';

/** Beside the bundled runtime, above its chunks, or in `dist/` when the sources themselves run. */
const PLACES = ['./sql-worker.js', '../sql-worker.js', '../../../dist/sql-worker.js'];

/** The program that `worker/sql-worker.ts` is built into. */
export function workerFile(): string {
  const found = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (found) return found;
  throw new AmodalError(
    'internal',
    'sql-worker.js is missing beside the runtime: install amodal again (or run its build).',
  );
}
