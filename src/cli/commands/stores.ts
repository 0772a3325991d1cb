import type { Command } from 'commander';
import { printable } from '../print/printable.ts';
import { formatTable } from '../print/table.ts';
import { type Context, printData, withOperations } from './context.ts';
import { parseCount } from './parse.ts';

/** `amodal ops stores …` */
export function storeCommands(ops: Command, context: Context): void {
  const group = ops.command('stores').alias('store').description('what automations have noted down');

  group
    .command('list')
    .description('every store and how much it holds')
    .action(() =>
      withOperations(context, async (operations) => {
        const rows = await operations.listStores();
        printData(context, rows, () =>
          formatTable(
            rows,
            [
              { title: 'Name', value: (row) => row.name },
              { title: 'Entity', value: (row) => row.entity },
              { title: 'Documents', value: (row) => String(row.documents) },
              {
                title: 'Automations may write',
                value: (row) => (row.automationWritable ? 'yes' : 'with writeEnabled'),
              },
            ],
            context.io,
          ),
        );
      }),
    );

  group
    .command('show <store>')
    .description('its documents')
    .option('--limit <n>', 'how many', parseCount, 50)
    .action((store: string, options: { limit: number }) =>
      withOperations(context, async (operations) => {
        const rows = await operations.listDocuments(store, options.limit);
        printData(context, rows, () =>
          formatTable(
            rows,
            [
              { title: 'Key', value: (row) => printable(row.key) },
              { title: 'Origin', value: (row) => row.origin },
              { title: 'Updated', value: (row) => row.updatedAt },
              { title: 'Value', value: (row) => printable(JSON.stringify(row.value)), overflow: true },
            ],
            context.io,
          ),
        );
      }),
    );
}
