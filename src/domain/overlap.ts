import type { Automation, OverlapPolicy } from './automation.ts';
import type { Run } from './run.ts';

const BY_TRIGGER: Readonly<Record<Run['trigger'], OverlapPolicy>> = {
  cron: 'skip',
  webhook: 'parallel',
  manual: 'queue',
  replay: 'queue',
};

export interface Overlap {
  readonly overlap: OverlapPolicy;
  readonly maxActive: number;
}

/** What a new run does while others of its automation are active, and how many of them may be active at once. */
export function overlapOf(automation: Pick<Automation, 'overlap' | 'maxParallel'>, trigger: Run['trigger']): Overlap {
  return overlapAs(automation.overlap ?? BY_TRIGGER[trigger], automation.maxParallel);
}

/** Replays that only show run beside everything else: they hold nobody back and take nobody's place. */
export const OVERLAP_OF_REHEARSAL: Overlap = { overlap: 'parallel', maxActive: 1_000 };

/** The same for instants that are caught up on (`missed` `all`): unless the file says otherwise they wait in line. */
export function overlapOfCatchUp(automation: Pick<Automation, 'overlap' | 'maxParallel'>): Overlap {
  return overlapAs(automation.overlap ?? 'queue', automation.maxParallel);
}

function overlapAs(overlap: OverlapPolicy, maxParallel: number): Overlap {
  return { overlap, maxActive: overlap === 'parallel' ? maxParallel : 1 };
}
