import { CronExpressionParser } from 'cron-parser';
import { firesBetween, nextFire } from '../../src/domain/schedule.ts';

const DAY = 86_400_000;
const FROM = Date.UTC(2026, 0, 1);
const DAYS = 400;

/** More fires a day than this, and the 400 days are looked at in samples and whole only around clock changes. */
const COMPARED_WHOLE = 2;
const FIRES_AROUND_A_CHANGE = 120;

export const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Santiago',
] as const;

export const EXPRESSIONS = [
  '@hourly',
  '@daily',
  '@weekly',
  '@monthly',
  '@yearly',
  '* * * * *',
  '*/5 * * * *',
  '*/15 * * * *',
  '*/30 * * * *',
  '7-59/13 * * * *',
  '0 * * * *',
  '30 * * * *',
  '15,45 * * * *',
  '0 */2 * * *',
  '30 */2 * * *',
  '0 */3 * * *',
  '0 1-23/2 * * *',
  '0 0-5 * * *',
  '30 1-3 * * *',
  '15 0-2 * * *',
  '*/20 1-2 * * *',
  '0 0 * * *',
  '30 0 * * *',
  '0 1 * * *',
  '30 1 * * *',
  '45 1 * * *',
  '0 2 * * *',
  '15 2 * * *',
  '30 2 * * *',
  '45 2 * * *',
  '0 3 * * *',
  '30 23 * * *',
  '0 9 * * *',
  '0 9,17 * * *',
  '30 1,2 * * *',
  '0,30 2 * * *',
  '0 0,12 * * *',
  '0 9 * * 1-5',
  '30 2 * * 0',
  '0 2 * * SUN',
  '30 23 * * 6',
  '0 0 * * 7',
  '30 9 * * MON,WED,FRI',
  '0 9-17 * * 1-5',
  '0 0 1 * *',
  '30 2 1 * *',
  '0 12 15 * *',
  '0 0 L * *',
  '0 9 * * 1#1',
  '30 2 * * 0#2',
  '0 9 * * 5L',
  '0 0 29 2 *',
  '0 0 1 1 *',
  '0 6 1 JAN,JUL *',
  '0 0 13 * 5',
  '0 9 1-7 * 1',
  '0 0 */2 * 1',
  '30 30 2 * * *',
  '*/20 30 1 * * *',
  '0 */10 * * * *',
] as const;

/** Why the two may differ, by letter: the docs say it in words. */
export type Cause = 'gap' | 'gap-interval' | 'overlap' | 'half-hour' | 'error' | 'unexplained';

export interface Row {
  readonly expression: string;
  readonly zone: string;
  readonly causes: readonly Cause[];
  /** The row of the table in the docs. */
  readonly text: string;
}

/** Every pair of expression and zone for which the two libraries disagree. */
export function differencesOf(zones: readonly string[]): Row[] {
  return zones.flatMap((zone) => {
    const changes = clockChanges(zone);
    return EXPRESSIONS.flatMap((expression) => {
      const found = compare(expression, zone, changes);
      if (found.length === 0) return [];
      const causes = [...new Set(found.map((difference) => causeOf(difference, { expression, zone, changes })))].sort();
      const text = `| \`${expression}\` | ${zone} | ${causes.join(', ')} | ${summary(found)} |`;
      return [{ expression, zone, causes, text }];
    });
  });
}

interface Difference {
  readonly at: number;
  readonly who: 'amodal' | 'cron-parser' | 'error';
}

function compare(expression: string, zone: string, changes: readonly number[]): readonly Difference[] {
  const perDay = firesADay(expression, zone);
  if (perDay <= COMPARED_WHOLE) return compareSpan(expression, zone, [FROM, FROM + DAYS * DAY]);
  const half = Math.min(DAY, (DAY / perDay) * (FIRES_AROUND_A_CHANGE / 2));
  const all = [
    ...changes.flatMap((change) => compareSpan(expression, zone, [change - half, change + half])),
    ...compareDaily(expression, zone),
  ];
  return [...new Map(all.map((one) => [`${one.at} ${one.who}`, one])).values()];
}

function firesADay(expression: string, zone: string): number {
  const span = { from: FROM, to: FROM + 7 * DAY, limit: 700 };
  return [...firesBetween({ expression, timezone: zone }, span)].length / 7;
}

/** The next fire after a moment of each day, away from the hours in which clocks change. */
function compareDaily(expression: string, zone: string): readonly Difference[] {
  const parsed = CronExpressionParser.parse(expression, { currentDate: new Date(FROM), tz: zone });
  return Array.from({ length: DAYS }, (_, day) => FROM + day * DAY + 34_277_000).flatMap((after): Difference[] => {
    const ours = nextFire({ expression, timezone: zone }, after) ?? 0;
    parsed.reset(new Date(after));
    try {
      const theirs = parsed.next().getTime();
      if (theirs === ours) return [];
      return [theirs < ours ? { at: theirs, who: 'cron-parser' as const } : { at: ours, who: 'amodal' as const }];
    } catch {
      return [{ at: ours, who: 'error' as const }];
    }
  });
}

function compareSpan(expression: string, zone: string, [from, to]: readonly [number, number]): readonly Difference[] {
  const ours = [...firesBetween({ expression, timezone: zone }, { from, to })];
  const { fires, gaveUp } = theirsBetween(expression, zone, [from, to]);
  const [mine, others] = [new Set(ours), new Set(fires)];
  const isJudged = (at: number) => !gaveUp.some((error) => at > error && at <= error + DAY);
  return [
    ...ours.filter((at) => !others.has(at) && isJudged(at)).map((at) => ({ at, who: 'amodal' as const })),
    ...fires.filter((at) => !mine.has(at) && isJudged(at)).map((at) => ({ at, who: 'cron-parser' as const })),
    ...gaveUp.map((at) => ({ at, who: 'error' as const })),
  ].sort((a, b) => a.at - b.at);
}

/** Where cron-parser throws in the middle, it is asked again from a day later on. */
function theirsBetween(expression: string, zone: string, [from, to]: readonly [number, number]) {
  const fires: number[] = [];
  const gaveUp: number[] = [];
  const parsed = CronExpressionParser.parse(expression, { currentDate: new Date(from), tz: zone });
  let at = from;
  while (at <= to) {
    try {
      const next = parsed.next().getTime();
      if (next <= to) fires.push(next);
      at = next;
    } catch {
      gaveUp.push(at);
      at += DAY;
      parsed.reset(new Date(at));
    }
  }
  return { fires, gaveUp };
}

function causeOf(
  { at, who }: Difference,
  {
    expression,
    zone,
    changes,
  }: { readonly expression: string; readonly zone: string; readonly changes: readonly number[] },
): Cause {
  if (who === 'error') return 'error';
  const change = changes.find((moment) => Math.abs(moment - at) <= 6 * 3_600_000);
  if (change === undefined) return 'unexplained';
  const shift = offsetMinutes(zone, change) - offsetMinutes(zone, change - 60_000);
  if (Math.abs(shift) !== 60) return 'half-hour';
  if (shift < 0) return 'overlap';
  const timeFields = expression.split(' ').slice(0, -3).join(' ');
  return /[*/-]/.test(timeFields) ? 'gap-interval' : 'gap';
}

function summary(found: readonly Difference[]): string {
  const errors = found.filter(({ who }) => who === 'error');
  const told = [...errors.slice(0, 1), ...found.filter(({ who }) => who !== 'error')];
  const shown = told
    .slice(0, 4)
    .map(({ at, who }) => `${who === 'error' ? 'cron-parser throws after' : who} ${iso(at)}`);
  return shown.join(', ') + (told.length > 4 ? ` and ${told.length - 4} more` : '');
}

function iso(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z').replace(':00Z', 'Z');
}

/** The instants at which the zone's offset changes within the period. */
export function clockChanges(zone: string): number[] {
  const changes: number[] = [];
  for (let at = FROM; at < FROM + DAYS * DAY; at += 3_600_000) {
    if (offsetMinutes(zone, at) !== offsetMinutes(zone, at + 3_600_000)) changes.push(bisect(zone, at, at + 3_600_000));
  }
  return changes;
}

function bisect(zone: string, before: number, after: number): number {
  let [low, high] = [before, after];
  while (high - low > 60_000) {
    const middle = low + Math.floor((high - low) / 120_000) * 60_000;
    if (offsetMinutes(zone, middle) === offsetMinutes(zone, low)) low = middle;
    else high = middle;
  }
  return high;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Minutes that the zone's wall clock is ahead of UTC. */
export function offsetMinutes(zone: string, at: number): number {
  const known = formats.get(zone) ?? new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(zone, known);
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d+):(\d+))?/.exec(known.format(at)) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
