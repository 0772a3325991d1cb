import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '../../docs/schedules.md');

/** The rows of the table of differences in docs/schedules.md that belong to some zones, as they stand there. */
export function documentedRows(zones: readonly string[]): string[] {
  return readFileSync(DOCS, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `') && zones.some((zone) => line.includes(`\` | ${zone} |`)));
}
