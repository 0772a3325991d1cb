import { requireKnown } from './find-automation.ts';
import type { OperationsPorts } from './ports.ts';

/** Throws `not_found` when neither a file nor any run has the name. */
export async function requireAutomationOrHistory(ports: OperationsPorts, name: string): Promise<void> {
  const any = await ports.database.listRuns({ automation: name, limit: 1 });
  if (any.length === 0) requireKnown(ports.bundles.active(), name);
}
