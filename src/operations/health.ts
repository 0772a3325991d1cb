import { VERSION } from '../domain/version.ts';
import type { Operations } from './operations.ts';
import type { OperationsPorts } from './ports.ts';

/** Dead letters are counted up to here. */
const COUNTED_DEAD = 1000;

/** How the runtime does: `degraded` when the state cannot be written or a background service has died. */
export function health({ database, bundles, isLive }: OperationsPorts): Operations['health'] {
  return async () => {
    const bundle = bundles.active();
    const writable = await database.healthy().catch(() => false);
    const counts = writable ? await database.countRuns() : { queued: 0, running: 0 };
    const dead = writable ? await database.listDeliveries({ status: 'dead', limit: COUNTED_DEAD }) : [];
    return {
      status: writable && isLive() ? 'ok' : 'degraded',
      version: VERSION,
      bundle: {
        name: bundle.settings.name,
        timezone: bundle.settings.timezone,
        automations: bundle.automations.size,
        broken: bundle.broken.size,
      },
      ...counts,
      deadDeliveries: dead.length,
    };
  };
}

/** What is wrong with the bundle in force, every finding. */
export function diagnostics({ bundles }: OperationsPorts): Operations['diagnostics'] {
  return async () => bundles.active().diagnostics;
}
