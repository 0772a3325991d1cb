import type { Command } from 'commander';
import type { KeyView } from '../../operations/views.ts';
import { printable } from '../print/printable.ts';
import { formatTable } from '../print/table.ts';
import { formatTime } from '../print/time.ts';
import { type Context, printData, remark, withOperations } from './context.ts';
import { parseSeconds } from './parse.ts';

interface CreateOptions {
  readonly name: string;
  readonly automation?: string;
  readonly expires?: number;
}

/** `amodal ops keys …` */
export function keyCommands(ops: Command, context: Context): void {
  const group = ops.command('keys').alias('key').description('access keys of programs that call automations');

  group
    .command('create')
    .description('make a key; it is printed once and stored nowhere')
    .requiredOption('--name <name>', 'what it is called, e.g. "ci"')
    .option('--automation <name>', 'open only this automation (default: all)')
    .option('--expires <duration>', 'valid this long, e.g. 90d (default: until it is revoked)', parseSeconds)
    .action((options: CreateOptions) =>
      withOperations(context, async (operations) => {
        const { name, automation, expires } = options;
        const made = await operations.createKey({ name, automation, expiresSeconds: expires, by: 'cli' });
        printData(context, made, ({ key }) => `${key}\n`);
        remark(context, 'Keep it now: it is not shown again. Callers send it as "Authorization: Bearer <key>".');
      }),
    );

  group
    .command('list')
    .description('every key, with its status; never the key itself')
    .action(() =>
      withOperations(context, async (operations) => {
        const rows = await operations.listKeys();
        const { timezone } = (await operations.health()).bundle;
        printData(context, rows, () => keyTable(rows, timezone, context));
      }),
    );

  group
    .command('revoke <key>')
    .description('close a key for good, by its name or id')
    .action((key: string) =>
      withOperations(context, async (operations) => {
        const revoked = await operations.revokeKey(key, 'cli');
        printData(context, revoked, ({ name }) => `Revoked "${printable(name)}".\n`);
      }),
    );
}

function keyTable(rows: readonly KeyView[], zone: string, { io }: Context): string {
  if (rows.length === 0) return 'No keys yet.\n';
  const time = (value: string | null) => (value === null ? '' : formatTime(value, zone, io.now()));
  return formatTable(
    rows,
    [
      { title: 'Name', value: (row) => printable(row.name) },
      { title: 'Opens', value: (row) => row.automation ?? 'every automation' },
      { title: 'Status', value: (row) => row.status },
      { title: 'Created', value: (row) => time(row.createdAt) },
      { title: 'Expires', value: (row) => time(row.expiresAt) || 'never' },
      { title: 'Last used', value: (row) => time(row.usedAt) },
      { title: 'Id', value: (row) => row.id, overflow: true },
    ],
    io,
  );
}
