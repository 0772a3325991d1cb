import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AmodalError } from '../../domain/error.ts';
import type { Operations } from '../../operations/operations.ts';
import { automationCard, automationTable } from '../print/automations.ts';
import { historyTable } from '../print/runs.ts';
import { type Context, printData, remark, withOperations } from './context.ts';
import { parseCount, parseSeconds } from './parse.ts';
import { triggerAndReport } from './trigger.ts';

/** `amodal ops automations …` */
export function automationCommands(ops: Command, context: Context): void {
  const group = ops.command('automations').alias('automation').description('what runs, when, and how it went');

  group
    .command('list')
    .description('every automation with status, next run and webhook URL')
    .action(() =>
      withOperations(context, async (operations) => {
        const rows = await operations.listAutomations();
        const zone = await zoneOf(operations);
        printData(context, rows, () => automationTable(rows, zone, context.io));
      }),
    );

  group
    .command('show <name>')
    .description('one automation whole, with its next fires')
    .action((name: string) =>
      withOperations(context, async (operations) => {
        const detail = await operations.showAutomation(name);
        const zone = await zoneOf(operations);
        printData(context, detail, () => automationCard(detail, zone, context.io));
      }),
    );

  group
    .command('trigger <name>')
    .description('run it now; with no server running, in place')
    .option('--event <file>', 'a file with the event, or - for stdin')
    .option('--wait', 'stream the run and exit by its outcome')
    .option('--dry-run', 'show the prompt that would be sent, and run nothing')
    .action(async (name: string, options: { event?: string; wait?: boolean; dryRun?: boolean }) => {
      const event = await readEvent(context, options.event);
      await triggerAndReport(context, { name, event, wait: options.wait === true, dryRun: options.dryRun === true });
    });

  group
    .command('pause <name>')
    .description('keep it from running until it is resumed')
    .option('--reason <text>', 'shown wherever the pause is')
    .action((name: string, options: { reason?: string }) =>
      withOperations(context, async (operations) => {
        const view = await operations.pauseAutomation(name, { reason: options.reason, by: 'cli' });
        printData(context, view, () => `Paused "${view.title}": it will not run until it is resumed.\n`);
      }),
    );

  group
    .command('resume <name>')
    .description('let it run again, from now')
    .action((name: string) =>
      withOperations(context, async (operations) => {
        const view = await operations.resumeAutomation(name, { by: 'cli' });
        printData(context, view, () => `Resumed "${view.title}"${view.nextRun ? `: next run ${view.nextRun}` : ''}.\n`);
      }),
    );

  group
    .command('history <name>')
    .description('its runs, newest first')
    .option('--limit <n>', 'how many', parseCount, 20)
    .action((name: string, options: { limit: number }) =>
      withOperations(context, async (operations) => {
        const rows = await operations.historyOf(name, { limit: options.limit });
        const zone = await zoneOf(operations);
        printData(context, rows, () => historyTable(rows, zone, context.io));
      }),
    );

  group
    .command('url <name>')
    .description('its webhook URL')
    .action((name: string) =>
      withOperations(context, async (operations) => {
        printData(context, await operations.webhookUrlOf(name), ({ webhookUrl }) => `${webhookUrl}\n`);
      }),
    );

  group
    .command('rotate <name>')
    .description('a new webhook URL; the old one answers 404')
    .option('--grace <duration>', 'how long the old one stays valid, e.g. 24h', parseSeconds)
    .action((name: string, options: { grace?: number }) =>
      withOperations(context, async (operations) => {
        const rotated = await operations.rotateWebhook(name, { graceSeconds: options.grace, by: 'cli' });
        printData(context, rotated, ({ webhookUrl }) => `${webhookUrl}\n`);
        remark(
          context,
          rotated.graceUntil ? `The old URL is valid until ${rotated.graceUntil}.` : 'The old URL answers 404 now.',
        );
      }),
    );
}

async function zoneOf(operations: Operations): Promise<string> {
  return (await operations.health()).bundle.timezone;
}

async function readEvent(context: Context, source: string | undefined): Promise<string | undefined> {
  if (source === undefined) return undefined;
  if (source === '-') return context.io.readStdin();
  try {
    return readFileSync(resolve(context.io.cwd, source), 'utf8');
  } catch (cause) {
    throw new AmodalError('usage', `--event ${source}: the file cannot be read; give a path or - for stdin.`, {
      cause,
    });
  }
}
