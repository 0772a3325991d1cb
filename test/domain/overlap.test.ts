import { describe, expect, it } from 'vitest';
import { overlapOf, overlapOfCatchUp } from '../../src/domain/overlap.ts';

describe('what a second run does', () => {
  it('depends on the trigger unless the file says otherwise', () => {
    const automation = { maxParallel: 5 };
    expect(overlapOf(automation, 'cron')).toEqual({ overlap: 'skip', maxActive: 1 });
    expect(overlapOf(automation, 'webhook')).toEqual({ overlap: 'parallel', maxActive: 5 });
    expect(overlapOf(automation, 'manual')).toEqual({ overlap: 'queue', maxActive: 1 });
    expect(overlapOf(automation, 'replay')).toEqual({ overlap: 'queue', maxActive: 1 });
  });

  it('follows the file for every trigger', () => {
    const automation = { overlap: 'parallel', maxParallel: 3 } as const;
    expect(overlapOf(automation, 'cron')).toEqual({ overlap: 'parallel', maxActive: 3 });
    expect(overlapOf({ overlap: 'cancel', maxParallel: 3 }, 'webhook')).toEqual({ overlap: 'cancel', maxActive: 1 });
  });

  it('lets instants that are caught up on wait in line, unless the file says otherwise', () => {
    expect(overlapOfCatchUp({ maxParallel: 5 })).toEqual({ overlap: 'queue', maxActive: 1 });
    expect(overlapOfCatchUp({ overlap: 'skip', maxParallel: 5 })).toEqual({ overlap: 'skip', maxActive: 1 });
  });
});
