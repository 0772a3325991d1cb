import { type Command, Option } from 'commander';
import type { DeliveryStatus } from '../../domain/delivery.ts';
import type { DeliveryView } from '../../operations/views.ts';
import { formatTable } from '../print/table.ts';
import { formatTime } from '../print/time.ts';
import { type Context, printData, withOperations } from './context.ts';
import { parseCount } from './parse.ts';

interface ListOptions {
  readonly automation?: string;
  readonly run?: string;
  readonly status?: DeliveryStatus;
  readonly limit: number;
}

/** `amodal ops deliveries …` */
export function deliveryCommands(ops: Command, context: Context): void {
  const group = ops
    .command('deliveries')
    .alias('delivery')
    .description('results and alerts on their way, and dead letters');

  group
    .command('list')
    .description('newest first')
    .option('--automation <name>', 'only of this automation')
    .option('--run <run>', 'only of this run')
    .addOption(
      new Option('--status <status>', 'only these').choices(['pending', 'sending', 'delivered', 'dead', 'held']),
    )
    .option('--limit <n>', 'how many', parseCount, 50)
    .action((options: ListOptions) =>
      withOperations(context, async (operations) => {
        const rows = await operations.listDeliveries(options);
        const { timezone } = (await operations.health()).bundle;
        printData(context, rows, () => deliveryTable(context, rows, timezone));
      }),
    );

  group
    .command('redrive <delivery>')
    .description('send a dead letter again, under the same id')
    .action((id: string) =>
      withOperations(context, async (operations) => {
        const view = await operations.redriveDelivery(id, 'cli');
        printData(context, view, () => `${view.id} to ${view.target} is pending again.\n`);
      }),
    );
}

function deliveryTable(context: Context, rows: readonly DeliveryView[], zone: string): string {
  if (rows.length === 0) return 'No deliveries.\n';
  const { io } = context;
  return formatTable(
    rows,
    [
      { title: 'Delivery', value: (row) => row.id },
      { title: 'Automation', value: (row) => row.automation },
      { title: 'Kind', value: (row) => row.kind },
      { title: 'Target', value: (row) => row.target },
      { title: 'Status', value: (row) => row.status },
      { title: 'Attempts', value: (row) => String(row.attempts) },
      { title: 'Next', value: (row) => formatTime(row.nextAttemptAt, zone, io.now()) },
      { title: 'Last error', value: (row) => row.lastError ?? '', overflow: true },
    ],
    io,
  );
}
