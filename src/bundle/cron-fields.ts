import { quote } from './describe-value.ts';

/** What can be said of a cron expression from its text alone. */
export type CronReading =
  | { readonly type: 'wrong'; readonly message: string }
  /** Numbers, `*`, ranges, lists and steps: fully understood. `never` says why it cannot fire. */
  | { readonly type: 'plain'; readonly never?: string; readonly warnings: readonly string[] }
  /** Something rarer (`L`, `#`, `W`): the cron library has to judge it. */
  | { readonly type: 'rare'; readonly warnings: readonly string[] };

interface Field {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** February as in a leap year: a 29th fires, if seldom. */
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MONTH_NAMES = 'January February March April May June July August September October November December'.split(' ');

const FIELDS: readonly Field[] = [
  { name: 'second', low: 0, high: 59 },
  { name: 'minute', low: 0, high: 59 },
  { name: 'hour', low: 0, high: 23 },
  { name: 'day of month', low: 1, high: 31 },
  { name: 'month', low: 1, high: 12, names: MONTHS },
  { name: 'day of week', low: 0, high: 7, names: DAYS },
];

const NICKNAMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];

/** Reads a cron expression: which field is wrong and why, whether it can ever fire, what is easily misread in it. */
export function readCron(expression: string): CronReading {
  const text = expression.trim();
  if (text.startsWith('@')) return readNickname(text);
  const parts = text.split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6) {
    return wrong(`a schedule has 5 fields (6 with seconds), got ${text === '' ? 0 : parts.length}`);
  }
  const fields = parts.length === 5 ? FIELDS.slice(1) : FIELDS;
  const sets: (ReadonlySet<number> | undefined)[] = [];
  for (const [index, part] of parts.entries()) {
    const field = fields[index] as Field;
    const read = readField(part, field);
    if (typeof read === 'string') return wrong(`${field.name} ${read}`);
    sets.push(read);
  }
  const [dayPart = '', , weekdayPart = ''] = parts.slice(-3);
  const warnings = lint(dayPart, weekdayPart);
  if (sets.includes(undefined)) return { type: 'rare', warnings };
  const [days, months] = sets.slice(-3);
  const never = weekdayPart === '*' ? neverFires(days, months) : undefined;
  return { type: 'plain', never, warnings };
}

function wrong(message: string): CronReading {
  return { type: 'wrong', message };
}

function readNickname(text: string): CronReading {
  if (NICKNAMES.includes(text.toLowerCase())) return { type: 'plain', warnings: [] };
  return wrong(`${quote(text)} is unknown; there are ${NICKNAMES.join(', ')}`);
}

/** The values that a field matches, undefined when it holds something rare, or what is wrong with it. */
function readField(text: string, field: Field): ReadonlySet<number> | undefined | string {
  if (text.includes('?')) return 'cannot be "?"; write "*"';
  const values = new Set<number>();
  let isRare = false;
  for (const item of text.split(',')) {
    const range = readItem(item, field);
    if (typeof range === 'string') return range;
    if (range === undefined) isRare = true;
    else for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return isRare ? undefined : values;
}

const ITEM = /^(?:(\*)|([0-9]+|[A-Z]{3})(?:-([0-9]+|[A-Z]{3}))?)(?:\/([0-9]+))?$/;

function readItem(item: string, field: Field) {
  const upper = item.toUpperCase();
  const match = ITEM.exec(upper);
  if (!match) return mayBeRare(upper, field) ? undefined : `must be ${allowed(field)}, got ${quote(item)}`;
  const [, star, first, last, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  const size = field.name === 'day of week' ? 7 : field.high - field.low + 1;
  if (step < 1 || step > size) return `must step by 1-${size}, got ${quote(item)}`;
  if (star) return { from: field.low, to: field.high, step };
  const from = numberOf(first ?? '', field);
  // A range may end on Sunday: MON-SUN is 1-7.
  const to = last === undefined ? from : last === 'SUN' ? field.high : numberOf(last, field);
  if (from === undefined || to === undefined) return `must be ${allowed(field)}, got ${quote(item)}`;
  const bad = [from, to].find((value) => value < field.low || value > field.high);
  if (bad !== undefined) return `must be ${field.low}-${field.high}, got ${bad}`;
  if (from > to) return `must be a range from low to high, got ${quote(item)}`;
  if (stepText !== undefined && last === undefined)
    return `needs a range before "/", e.g. "${from}-${field.high}/${step}"`;
  return { from, to, step };
}

function numberOf(text: string, field: Field): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = field.names?.indexOf(text) ?? -1;
  return index < 0 ? undefined : index + (field.name === 'month' ? 1 : 0);
}

/** `L`, `15W`, `LW`, `5L`, `FRI#2` and the like belong to the two day fields. */
function mayBeRare(item: string, { name }: Field): boolean {
  return /^day/.test(name) && /[LW#]/.test(item) && /^[A-Z0-9#-]+$/.test(item);
}

function allowed({ low, high, names }: Field): string {
  return names ? `${low}-${high} or ${names[0]}-${names.at(-1)}` : `${low}-${high}, "*", a range, a list or a step`;
}

function neverFires(
  days: ReadonlySet<number> | undefined,
  months: ReadonlySet<number> | undefined,
): string | undefined {
  const firstDay = Math.min(...(days ?? []));
  const fits = [...(months ?? [])].some((month) => firstDay <= (LONGEST_MONTHS[month - 1] ?? 0));
  if (fits) return undefined;
  const names = [...(months ?? [])].map((month) => MONTH_NAMES[month - 1]).join(' or ');
  return `there is no day ${firstDay} in ${names}`;
}

function lint(day: string, weekday: string): readonly string[] {
  if (day === '*' || weekday === '*') return [];
  if (day.startsWith('*') || weekday.startsWith('*')) {
    return [
      `day of month ${quote(day)} and day of week ${quote(weekday)}: it fires when either of them matches, while crond wants both of them where one begins with "*"; leave one of them "*"`,
    ];
  }
  return [
    `day of month ${quote(day)} and day of week ${quote(weekday)} are both set: it fires when either of them matches, not only when both do`,
  ];
}
