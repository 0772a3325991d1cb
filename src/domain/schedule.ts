import { Cron } from 'croner';
import type { Schedule } from './automation.ts';

export type ScheduleCheck = { readonly ok: true } | { readonly ok: false; readonly message: string };

/**
 * The first nominal instant (UTC epoch ms) strictly after `after`, or undefined when there is none. Fixed times follow
 * the wall clock of the zone: in the spring gap once, at the first valid moment after it; in the autumn overlap once,
 * at the first. Wildcards, steps and ranges follow elapsed time through both. Throws on what `checkSchedule` refuses.
 */
export function nextFire(schedule: Schedule, after: number): number | undefined {
  return parsed(schedule).nextRun(new Date(after))?.getTime();
}

/** Every nominal instant with `from < instant <= to`, oldest first, one at a time; `limit` bounds how many. */
export function* firesBetween(
  schedule: Schedule,
  span: { readonly from: number; readonly to: number; readonly limit?: number },
): Generator<number> {
  let left = span.limit ?? Number.POSITIVE_INFINITY;
  let at = nextFire(schedule, span.from);
  while (at !== undefined && at <= span.to && left > 0) {
    yield at;
    left -= 1;
    at = nextFire(schedule, at);
  }
}

/** Whether an expression can be read and ever fires after `after`, or a sentence that says what is wrong with it. */
export function checkSchedule(schedule: Schedule, after: number): ScheduleCheck {
  if (!isTimeZone(schedule.timezone)) {
    const expected = 'expected an IANA name like "Europe/Berlin"';
    return { ok: false, message: `timezone ${JSON.stringify(schedule.timezone)} is unknown: ${expected}` };
  }
  const subject = `schedule ${JSON.stringify(schedule.expression)}`;
  try {
    if (nextFire(schedule, after) !== undefined) return { ok: true };
    return { ok: false, message: `${subject} never fires: no date fits all of its fields` };
  } catch (error) {
    return { ok: false, message: `${subject} cannot be read: ${wordsOf(error)}` };
  }
}

/** Schedules with one key share one parsed expression: sort by it before asking for many. */
export function scheduleKey(schedule: Schedule): string {
  return `${schedule.timezone} ${schedule.expression}`;
}

/** Only the last one: croner holds 83 KB for each, and those that live long make the garbage collector copy them. */
let last: { readonly key: string; readonly cron: Cron } | undefined;

/** A pure function of the schedule, remembered while one schedule is gone through. */
function parsed(schedule: Schedule): Cron {
  const key = scheduleKey(schedule);
  if (last?.key !== key) last = { key, cron: parse(schedule) };
  return last.cron;
}

function parse({ expression, timezone }: Schedule): Cron {
  // croner takes text with a colon for a date that fires once.
  if (expression.includes(':')) throw new TypeError('a schedule has 5 fields (6 with seconds), not a date');
  const options = { paused: true, mode: '5-or-6-parts', fixedTimeRule: fixedTimeRule(expression) } as const;
  return new Cron(expression.trim(), { ...options, ...clockOf(timezone) });
}

/** UTC needs no table of zones, and reading that one costs more than all the rest of a small bundle. */
function clockOf(timezone: string): { readonly utcOffset: 0 } | { readonly timezone: string } {
  return timezone === 'UTC' ? { utcOffset: 0 } : { timezone };
}

/**
 * croner's `no-wildcard` takes a range for a list of fixed times, `single-value` takes a list for an interval. Here a
 * list is fixed times and a range an interval, so the rule depends on whether the time fields hold a range.
 */
function fixedTimeRule(expression: string): 'single-value' | 'no-wildcard' {
  const fields = expression.trim().split(/\s+/);
  const timeFields = fields.slice(0, fields.length - 3);
  return timeFields.some((field) => field.includes('-')) ? 'single-value' : 'no-wildcard';
}

function isTimeZone(name: string): boolean {
  if (name === 'UTC') return true;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined && !/^[+-]\d/.test(name);
  } catch {
    return false;
  }
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.replace(/^Cron\w+: /, '');
}
