import type { AutomationDetail, AutomationView } from '../../operations/views.ts';
import type { Io } from '../io.ts';
import { formatTable } from './table.ts';
import { formatTime } from './time.ts';

/** The table of `ops automations list`. */
export function automationTable(rows: readonly AutomationView[], zone: string, io: Io): string {
  if (rows.length === 0) return 'No automations: add a file to automations/.\n';
  return formatTable(
    rows,
    [
      { title: 'Name', value: (row) => row.name },
      { title: 'Trigger', value: (row) => row.trigger },
      { title: 'Schedule', value: (row) => row.schedule ?? '' },
      { title: 'Status', value: (row) => statusCell(row, zone, io) },
      { title: 'Next run', value: (row) => nextRunCell(row, zone, io) },
      { title: 'Last run', value: (row) => lastRunCell(row, zone, io) },
      { title: 'Webhook URL', value: (row) => row.webhookUrl ?? '', overflow: true },
    ],
    io,
  );
}

/** `ops automations show`: one fact a line. */
export function automationCard(detail: AutomationDetail, zone: string, io: Io): string {
  const facts: readonly (readonly [string, string])[] = [
    ['Title', detail.title],
    ['File', detail.file],
    ['Trigger', detail.trigger],
    ['Schedule', detail.schedule ? `${detail.schedule} (${detail.timezone})` : ''],
    ['Status', statusCell(detail, zone, io)],
    ['Next runs', detail.nextRuns.map((at) => formatTime(at, detail.timezone ?? zone, io.now())).join('\n  ')],
    ['Last run', lastRunCell(detail, zone, io)],
    ['Webhook URL', detail.webhookUrl ?? ''],
    ['Writes', detail.writeEnabled ? 'allowed as the files name them' : 'none (read-only)'],
    ['Delivers to', detail.targets.join(', ')],
    ['Alerts', detail.alertTargets.join(', ')],
    ['Failures', detail.consecutiveFailures > 0 ? `${detail.consecutiveFailures} in a row` : ''],
    ['Owner', detail.owner ?? ''],
    ['Tags', detail.tags.join(', ')],
    ['Description', detail.description ?? ''],
  ];
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(([title, value]) => `${io.style('bold', title)}: ${value}`);
  return `${io.style('bold', detail.name)}\n${lines.map((line) => `  ${line}`).join('\n')}\n\n${detail.prompt.trimEnd()}\n`;
}

const STATUS_STYLE = { active: 'green', paused: 'yellow', auto_paused: 'red', broken: 'red', disabled: 'dim' } as const;

function statusCell(row: AutomationView, zone: string, io: Io): string {
  const status = io.style(STATUS_STYLE[row.status], row.status);
  const since = row.statusSince ? ` since ${formatTime(row.statusSince, zone, io.now())}` : '';
  return `${status}${since}${row.statusReason ? `: ${row.statusReason}` : ''}`;
}

function nextRunCell(row: AutomationView, zone: string, io: Io): string {
  if (row.nextRun) return formatTime(row.nextRun, row.timezone ?? zone, io.now());
  return row.trigger === 'webhook' && row.status === 'active' ? '(on event)' : '';
}

function lastRunCell(row: AutomationView, zone: string, io: Io): string {
  if (!row.lastRun) return '';
  const { status, reason, startedAt } = row.lastRun;
  const what = reason && reason !== status ? `${status} (${reason})` : status;
  return startedAt ? `${what} ${formatTime(startedAt, zone, io.now())}` : what;
}
