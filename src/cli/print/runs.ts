import type { RunDetail, RunView, WriteView } from '../../operations/views.ts';
import type { Io } from '../io.ts';
import { printable } from './printable.ts';
import { rehearsalReport } from './rehearsal.ts';
import { formatTable } from './table.ts';
import { formatCost, formatDuration, formatTime } from './time.ts';

/** The table of `ops automations history`. */
export function historyTable(rows: readonly RunView[], zone: string, io: Io): string {
  if (rows.length === 0) return 'No runs yet.\n';
  return formatTable(
    rows,
    [
      { title: 'Run', value: (row) => row.id },
      { title: 'Started', value: (row) => formatTime(row.startedAt ?? row.instant ?? row.createdAt, zone, io.now()) },
      { title: 'Duration', value: (row) => formatDuration(row.durationMs) },
      { title: 'Status', value: (row) => runStatus(row, io) },
      { title: 'Delivery', value: deliverySummary },
      { title: 'Cost', value: (row) => (row.startedAt ? formatCost(row.costUsd) : '') },
      { title: 'Commit', value: commitCell },
    ],
    io,
  );
}

/** `ops runs show`: the run, its deliveries, its writes, its result. */
export function runCard(run: RunDetail, zone: string, io: Io): string {
  const facts: readonly (readonly [string, string])[] = [
    ['Automation', run.automation],
    ['Status', runStatus(run, io)],
    ['Error', run.error ?? ''],
    ['Trigger', run.requestedBy ? `${run.trigger} (by ${run.requestedBy})` : run.trigger],
    ['Conversation', run.session ?? ''],
    ['Started', formatTime(run.startedAt, zone, io.now())],
    ['Duration', formatDuration(run.durationMs)],
    ['Attempt', run.interruptions > 0 ? `${run.attempt} (${run.interruptions} interrupted)` : `${run.attempt}`],
    ['Commit', commitCell(run)],
    ['File hash', run.fileHash ?? ''],
    ['Steps', `${run.steps}, tool calls ${run.toolCalls}, refused ${run.refusals}`],
    ['Usage', `${run.usage.inputTokens} in, ${run.usage.outputTokens} out, cost ${formatCost(run.costUsd)}`],
    ['Replay of', run.replayOf ? `${run.replayOf} (${run.replayMode})` : ''],
  ];
  const head = facts
    .filter(([, value]) => value !== '')
    .map(([title, value]) => `  ${io.style('bold', title)}: ${value}`);
  const deliveries = run.deliveries.map(
    (one) => `  ${one.kind} to ${one.target}: ${one.status} (${one.attempts} attempts)`,
  );
  const files = run.files.map((one) => `  ${printable(one.filename)} (${one.size_bytes} bytes): ${one.file_url}`);
  const writes = run.writes.map((one) => writeLine(one));
  return [
    io.style('bold', run.id),
    ...head,
    ...section('Deliveries', deliveries, io),
    ...section('Writes', writes, io),
    ...section('Files', files, io),
    ...section('Result', run.result ? [printable(run.result)] : [], io),
    ...(run.captured ? ['', rehearsalReport(run, io).trimEnd()] : []),
    '',
  ].join('\n');
}

/** What became of a write, and the key under which its upstream knows it. */
function writeLine({ operation, call, outcome, status, error, idempotencyKey }: WriteView): string {
  const answer = status === null ? '' : ` (HTTP ${status})`;
  const why = error === null ? '' : `: ${printable(error).replaceAll(/\s+/g, ' ')}`;
  return `  ${printable(operation)} [${call}]: ${outcome}${answer}${why}, key ${idempotencyKey}`;
}

/** The one line that says how a run ended. */
export function runEndLine({ id, automation, status, reason, durationMs, costUsd }: RunDetail): string {
  const why = reason && reason !== status ? ` (${reason})` : '';
  return `${automation} ${status}${why} in ${formatDuration(durationMs)}, cost ${formatCost(costUsd)}: ${id}`;
}

function section(title: string, lines: readonly string[], io: Io): readonly string[] {
  return lines.length > 0 ? ['', io.style('bold', title), ...lines] : [];
}

const STATUS_STYLE = {
  queued: 'cyan',
  running: 'cyan',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  skipped: 'dim',
  missed: 'yellow',
} as const;

export function runStatus(run: Pick<RunView, 'status' | 'reason' | 'replayMode'>, io: Io): string {
  const reason = run.reason && run.reason !== run.status ? `(${run.reason})` : '';
  const mode = run.replayMode && run.replayMode !== 'live' ? ` ${io.style('dim', `${run.replayMode} replay`)}` : '';
  return `${io.style(STATUS_STYLE[run.status], run.status)}${reason}${mode}`;
}

/** `2/3 delivered, 1 dead`, per run. */
function deliverySummary(run: RunView): string {
  const total = run.deliveries.length;
  if (total === 0) return '';
  const count = (status: string) => run.deliveries.filter((delivery) => delivery.status === status).length;
  const dead = count('dead');
  return `${count('delivered')}/${total} delivered${dead > 0 ? `, ${dead} dead` : ''}`;
}

function commitCell(run: Pick<RunView, 'commit' | 'dirty'>): string {
  if (!run.commit) return '';
  return `${run.commit.slice(0, 9)}${run.dirty ? '+dirty' : ''}`;
}
