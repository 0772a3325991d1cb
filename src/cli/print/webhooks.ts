import type {
  DoctorReport,
  RejectionDetail,
  RejectionView,
  WebhookTestResult,
  WebhookView,
} from '../../operations/webhook-operations.ts';
import type { Io } from '../io.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';
import { formatTime } from './time.ts';

/** The table of `ops webhooks list`. */
export function webhookTable(rows: readonly WebhookView[], io: Io): string {
  if (rows.length === 0) return 'No webhooks: set "trigger": "webhook" in an automation.\n';
  return formatTable(
    rows,
    [
      { title: 'Automation', value: (row) => row.automation },
      { title: 'Signed by', value: (row) => row.type ?? '(secret URL)' },
      { title: 'Status', value: (row) => row.status },
      { title: 'Came', value: countsCell },
      { title: 'URL', value: (row) => row.webhookUrl, overflow: true },
    ],
    io,
  );
}

/** The table of `ops webhooks rejected`. */
export function rejectionTable(rows: readonly RejectionView[], zone: string, io: Io): string {
  if (rows.length === 0) return 'Nothing was turned away.\n';
  return formatTable(
    rows,
    [
      { title: 'Id', value: (row) => row.id },
      { title: 'Received', value: (row) => formatTime(row.receivedAt, zone, io.now()) },
      { title: 'Automation', value: (row) => printable(row.automation) },
      { title: 'Why', value: (row) => row.reason },
      { title: 'HTTP', value: (row) => String(row.httpStatus) },
      { title: 'Copies', value: (row) => String(row.copies) },
      { title: 'Status', value: (row) => row.status },
      { title: 'Outcome', value: (row) => printable([row.outcome, row.run].filter(Boolean).join(' ')), overflow: true },
    ],
    io,
  );
}

/** `ops webhooks show`: one fact a line, then the body. */
export function rejectionCard(detail: RejectionDetail, zone: string, io: Io): string {
  const time = (value: string) => formatTime(value, zone, io.now());
  const headers = Object.entries(detail.headers).map(([name, lines]) => `${name}: ${lines.join(', ')}`);
  const facts: readonly (readonly [string, string])[] = [
    ['Automation', detail.automation],
    ['Why', `${detail.reason} (answered ${detail.httpStatus})`],
    ['Expected', detail.expected ?? ''],
    ['Received', time(detail.receivedAt)],
    ['Copies', detail.copies > 1 ? `${detail.copies}, the last ${time(detail.lastAt)}` : ''],
    ['From', detail.peer],
    ['Proved', detail.isAuthentic ? 'yes' : 'no'],
    ['Status', [detail.status, detail.outcome, detail.run].filter(Boolean).join(', ')],
    ['Query', detail.query],
    ['Headers', headers.join('\n    ')],
    ['Body', `${detail.bodyBytes} bytes${detail.bodySha256 ? `, sha256 ${detail.bodySha256}` : ''}`],
  ];
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(([title, value]) => `  ${io.style('bold', title)}: ${printable(value)}`);
  return `${io.style('bold', detail.id)}\n${lines.join('\n')}\n${detail.body ? `\n${printable(detail.body)}\n` : ''}`;
}

/** `ops webhooks test`: what the sender would hear. */
export function testAnswer({ url, httpStatus, answer, error }: WebhookTestResult): string {
  if (httpStatus === null) return `POST ${url}\n  no answer: ${error}\n`;
  const text = typeof answer === 'string' ? answer : answer === null ? '' : JSON.stringify(answer);
  return `POST ${url}\n  ${httpStatus} ${printable(text)}\n`;
}

const MARK = { ok: ['green', 'ok'], warning: ['yellow', 'look'], error: ['red', 'wrong'] } as const;

/** `ops doctor`: one check a line. */
export function doctorReport({ checks }: DoctorReport, io: Io): string {
  const lines = checks.map(({ name, status, message }) => {
    const [style, word] = MARK[status];
    return `${io.style(style, word.padEnd(5))} ${name}: ${printable(message)}`;
  });
  return `${lines.join('\n')}\n`;
}

function countsCell({ counts }: WebhookView): string {
  return counts.map(({ outcome, reason, count }) => `${count} ${outcome}${reason ? ` (${reason})` : ''}`).join(', ');
}
