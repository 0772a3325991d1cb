import type { Command } from 'commander';
import type { AuditRecord } from '../../domain/audit.ts';
import { formatTable } from '../print/table.ts';
import { formatTime } from '../print/time.ts';
import { type Context, printData, withOperations } from './context.ts';
import { parseCount } from './parse.ts';

/** `amodal ops audit …` */
export function auditCommands(ops: Command, context: Context): void {
  const group = ops.command('audit').description('who did what: writes, refusals, pauses, deliveries');

  group
    .command('list', { isDefault: true })
    .description('oldest first')
    .option('--after <seq>', 'only records after this one', parseCount)
    .option('--run <run>', 'only of this run')
    .option('--limit <n>', 'how many', parseCount, 100)
    .action((options: { after?: number; run?: string; limit: number }) =>
      withOperations(context, async (operations) => {
        const rows = await operations.listAudit(options);
        printData(context, rows, () => auditTable(context, rows));
      }),
    );

  group
    .command('verify')
    .description('recompute the chain of hashes')
    .action(() =>
      withOperations(context, async (operations) => {
        const proof = await operations.verifyAudit();
        if (!proof.ok) context.exit(1);
        printData(context, proof, () =>
          proof.ok ? `${proof.records} records, chain intact.\n` : `The chain is broken at record ${proof.brokenAt}.\n`,
        );
      }),
    );
}

function auditTable(context: Context, rows: readonly AuditRecord[]): string {
  if (rows.length === 0) return 'No records.\n';
  const { io } = context;
  return formatTable(
    rows,
    [
      { title: 'Seq', value: (row) => String(row.seq) },
      { title: 'At', value: (row) => formatTime(new Date(row.at).toISOString(), 'UTC', io.now()) },
      { title: 'Action', value: (row) => row.action },
      { title: 'Actor', value: (row) => row.actor },
      { title: 'Automation', value: (row) => row.automation ?? '' },
      { title: 'Run', value: (row) => row.run ?? '' },
      { title: 'Details', value: (row) => JSON.stringify(row.details), overflow: true },
    ],
    io,
  );
}
