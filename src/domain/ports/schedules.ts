import type { Schedule } from '../automation.ts';

/** Computes the instants of a schedule (SPEC §3.6). All times are epoch milliseconds. */
export interface Schedules {
  /** The first `count` instants after `after` (exclusive); fewer when the schedule ends. */
  next(schedule: Schedule, after: number, count: number): readonly number[];
  /** Every instant in `(from, to]`, oldest first. */
  between(schedule: Schedule, from: number, to: number): readonly number[];
}
