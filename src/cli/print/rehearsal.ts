import type { CallDiff, CallShown, Change, DeliveryDiff, ReplayDiff } from '../../domain/replay-diff.ts';
import type { RunDetail } from '../../operations/views.ts';
import type { Io } from '../io.ts';
import { printable } from './printable.ts';

const LINE_LENGTH = 200;

/** What a replay that only shows would have done, and how it differs from the old run; empty for other runs. */
export function rehearsalReport({ captured, diff }: Pick<RunDetail, 'captured' | 'diff'>, io: Io): string {
  if (!captured) return '';
  const writes = captured.writes.map(({ operation, input }) => `  ${printable(operation)} ${clip(input)}`);
  const sent = captured.deliveries.map(({ kind, target, payload }) => `  ${kind} to ${target}: ${clip(payload.text)}`);
  const lines = [
    ...section('Not written', writes, io),
    ...section('Not delivered', sent, io),
    ...(diff ? diffLines(diff, io) : []),
  ];
  return `${lines.join('\n')}\n`;
}

function diffLines(diff: ReplayDiff, io: Io): readonly string[] {
  if (diff.same) return [io.style('bold', 'Same calls, result and deliveries as the run that it repeats.')];
  const { status, result, calls, deliveries } = diff;
  return [
    io.style('bold', 'Differs from the run that it repeats'),
    ...(status.same ? [] : [`  status: ${status.before} -> ${status.after}`]),
    ...calls.filter(isChanged).flatMap((call) => callLines(call, io)),
    ...(result.same ? [] : ['  result:', ...twoSides(result.before ?? '(none)', result.after ?? '(none)', io)]),
    ...deliveries.filter(isChanged).map((one) => deliveryLine(one, io)),
  ];
}

function isChanged({ change }: { readonly change: Change }): boolean {
  return change !== 'same';
}

function callLines({ change, before, after }: CallDiff, io: Io): readonly string[] {
  return [
    `  call ${change}: ${(before ?? after)?.tool}`,
    ...(before ? [io.style('red', `    - ${callText(before)}`)] : []),
    ...(after ? [io.style('green', `    + ${callText(after)}`)] : []),
  ];
}

function callText({ input, outcome, text }: CallShown): string {
  return `${clip(input)} ${outcome}${text === '' ? '' : `: ${clip(text)}`}`;
}

function deliveryLine({ change, target, fields }: DeliveryDiff, io: Io): string {
  const which = fields.length > 0 ? ` (${fields.join(', ')})` : '';
  return io.style(change === 'removed' ? 'red' : 'green', `  delivery ${change}: ${target}${which}`);
}

function twoSides(before: string, after: string, io: Io): readonly string[] {
  return [io.style('red', `    - ${clip(before)}`), io.style('green', `    + ${clip(after)}`)];
}

function section(title: string, lines: readonly string[], io: Io): readonly string[] {
  return lines.length > 0 ? [io.style('bold', title), ...lines] : [];
}

function clip(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const line = printable(text).replaceAll(/\s+/g, ' ').trim();
  return line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)} … (${line.length} characters)` : line;
}
