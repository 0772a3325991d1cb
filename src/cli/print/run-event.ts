import type { RunEventView } from '../../operations/views.ts';
import type { Io } from '../io.ts';
import { printable } from './printable.ts';
import { formatCost } from './time.ts';

const LINE_LENGTH = 400;

/** One line (or a few, for what the agent says) per event of a run, as it happens. */
export function runEventLine(event: RunEventView, io: Io): string {
  const { content } = event;
  const field = (name: string) => shown(content[name]);
  switch (event.type) {
    case 'run.queued':
      return io.style('dim', 'queued');
    case 'run.started':
      return `${io.style('cyan', 'started')} attempt ${event.attempt}${content.commit ? ` at ${field('commit').slice(0, 9)}` : ''}`;
    case 'run.retry':
      return `${io.style('yellow', 'again later')} ${field('reason')}: ${field('error')}`;
    case 'prompt':
      return `${io.style('dim', 'prompt')} ${clip(field('prompt') || field('user'))}`;
    case 'agent.message':
      return field('text') ? `${io.style('bold', 'agent')} ${printable(field('text'))}` : '';
    case 'tool.call':
      return `${io.style('blue', 'call')} ${field('tool')} ${clip(field('input'))}`;
    case 'tool.result':
      return `${content.ok === false ? io.style('red', 'failed') : io.style('dim', 'result')} ${field('tool')}${httpStatus(content)} ${clip(field('text'))}`;
    case 'tool.refused':
      return `${io.style('red', 'refused')} ${field('tool')} ${field('message')}`;
    case 'write.captured':
      return `${io.style('yellow', 'not sent')} ${field('operation')} ${clip(field('input'))}`;
    case 'delivery.captured':
    case 'alert.captured':
      return `${io.style('yellow', 'not sent')} ${field('kind')} to ${field('target')} ${clip(field('payload'))}`;
    case 'delivery.suppressed':
      return `${io.style('dim', 'not delivered')} ${field('reason')}`;
    case 'usage':
      return io.style(
        'dim',
        `step ${field('step')}: ${field('inputTokens')} in, ${field('outputTokens')} out, ${costOf(content)} ${field('model')}`,
      );
    case 'session.status_closed':
      return `${io.style('bold', 'closed')} ${field('status')}${content.reason ? ` (${field('reason')})` : ''}${content.error ? `: ${field('error')}` : ''}`;
    default:
      return `${io.style('dim', event.type)} ${field('target')}${content.error ? ` ${field('error')}` : ''}`;
  }
}

/** Of answers that are no success alone. */
function httpStatus({ ok, status }: Readonly<Record<string, unknown>>): string {
  return ok === false && typeof status === 'number' ? ` (HTTP ${status})` : '';
}

function costOf(content: Readonly<Record<string, unknown>>): string {
  return formatCost(typeof content.costUsd === 'number' ? content.costUsd : null);
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function clip(text: string): string {
  const line = printable(text).replaceAll(/\s+/g, ' ').trim();
  return line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)} … (${line.length} characters)` : line;
}
