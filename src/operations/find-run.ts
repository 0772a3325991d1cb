import { AmodalError } from '../domain/error.ts';
import type { Database } from '../domain/ports/database.ts';
import type { Run, RunId } from '../domain/run.ts';

/** The run; throws `not_found`. */
export async function requireRun(database: Pick<Database, 'getRun'>, id: RunId): Promise<Run> {
  const run = await database.getRun(id);
  if (run) return run;
  throw new AmodalError(
    'not_found',
    `No run has the id "${id}": \`amodal ops automations history <name>\` lists the runs of an automation.`,
  );
}
