import { type Command, Option } from 'commander';
import { ROLLING_DAYS, type SpendKey } from '../../domain/spend.ts';
import type { SpendReport } from '../../operations/record-operations.ts';
import { printable } from '../print/printable.ts';
import { formatTable } from '../print/table.ts';
import { formatCost, formatTime } from '../print/time.ts';
import { type Context, printData, withOperations } from './context.ts';
import { parseCount } from './parse.ts';

const TITLES: Readonly<Record<SpendKey, string>> = { automation: 'Automation', model: 'Model', day: 'Day' };

/** `amodal ops spend` */
export function spendCommand(ops: Command, context: Context): void {
  ops
    .command('spend')
    .description('what model calls cost, and where the 30-day budgets stand')
    .addOption(new Option('--by <what>', 'sum up by this').choices(Object.keys(TITLES)).default('automation'))
    .option('--days <n>', 'the last n days', parseCount, ROLLING_DAYS)
    .action((options: { by: SpendKey; days: number }) =>
      withOperations(context, async (operations) => {
        const report = await operations.sumSpend(options);
        const { timezone } = (await operations.health()).bundle;
        printData(context, report, () => spendTables(report, timezone, context));
      }),
    );
}

function spendTables(report: SpendReport, zone: string, context: Context): string {
  const { rows, budgets, by } = report;
  const spend = rows.length === 0 ? 'Nothing was spent.\n' : spendTable(rows, by, context);
  return budgets.length === 0 ? spend : `${spend}\n${budgetTable(budgets, zone, context)}`;
}

function spendTable(rows: SpendReport['rows'], by: SpendKey, { io }: Context): string {
  return formatTable(
    rows,
    [
      { title: TITLES[by], value: (row) => printable(row.key) },
      { title: 'Runs', value: (row) => String(row.runs) },
      { title: 'Calls', value: (row) => String(row.calls) },
      { title: 'Tokens in', value: (row) => String(row.inputTokens) },
      { title: 'Tokens out', value: (row) => String(row.outputTokens) },
      { title: 'Cost', value: (row) => formatCost(row.costUsd) },
      {
        title: 'Price unknown',
        value: (row) => (row.callsOfUnknownPrice > 0 ? `${row.callsOfUnknownPrice} calls` : ''),
      },
    ],
    io,
  );
}

function budgetTable(budgets: SpendReport['budgets'], zone: string, { io }: Context): string {
  return formatTable(
    budgets,
    [
      { title: '30-day budget', value: (row) => row.automation },
      { title: 'Cap', value: (row) => formatCost(row.per30DaysUsd) },
      { title: 'Spent', value: (row) => formatCost(row.spentUsd) },
      { title: 'Left', value: (row) => formatCost(row.leftUsd) },
      { title: 'Runs again', value: (row) => formatTime(row.runsAgainAt, zone, io.now()) },
    ],
    io,
  );
}
