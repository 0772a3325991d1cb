import { type CronReading, readCron } from './cron-fields.ts';
import { quote } from './describe-value.ts';
import { errorAt, type Finding, warningAt } from './finding.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { AutomationFile } from './schema/automation.ts';
import { checkTimeZone } from './time-zones.ts';

const readings = new Map<string, CronReading>();
const READINGS_KEPT = 20_000;
/** No field names a year, so whether an expression ever fires does not depend on when it is asked. */
const ANY_MOMENT = Date.UTC(2026, 0, 1);

/** Whether the cron library has to judge an expression. */
export function isRareSchedule(expression: string): boolean {
  return reading(expression).type === 'rare';
}

/** What is wrong with `schedule` and `timezone`, and what is easily misread in them. */
export function checkCron(
  file: Partial<AutomationFile>,
  zone: string,
  { checkSchedule }: LazyParts,
): readonly Finding[] {
  const findings: Finding[] = [];
  const badZone = file.timezone === undefined ? undefined : checkTimeZone(file.timezone);
  if (badZone !== undefined) findings.push(errorAt(['timezone'], 'bad-timezone', badZone));
  const { schedule } = file;
  if (schedule === undefined) return findings;
  const read = reading(schedule);
  if (read.type === 'plain' && read.never === undefined && read.warnings.length === 0) return findings;
  const subject = ` ${quote(schedule)}`;
  if (read.type === 'wrong') return [...findings, errorAt(['schedule'], 'bad-cron', `${subject}: ${read.message}`)];
  if (read.type === 'plain' && read.never !== undefined) {
    return [...findings, errorAt(['schedule'], 'never-fires', `${subject} never fires: ${read.never}`)];
  }
  for (const warning of read.warnings)
    findings.push(warningAt(['schedule'], 'ambiguous-cron', `${subject}: ${warning}`));
  if (read.type !== 'rare' || !checkSchedule) return findings;
  const timezone = badZone === undefined ? (file.timezone ?? zone) : 'UTC';
  const checked = checkSchedule({ expression: schedule.trim(), timezone }, ANY_MOMENT);
  if (checked.ok) return findings;
  const code = checked.message.includes('never fires') ? 'never-fires' : 'bad-cron';
  return [...findings, { ...errorAt(['schedule'], code, ''), message: checked.message }];
}

function reading(expression: string): CronReading {
  const known = readings.get(expression);
  if (known) return known;
  if (readings.size >= READINGS_KEPT) readings.clear();
  const read = readCron(expression);
  readings.set(expression, read);
  return read;
}
