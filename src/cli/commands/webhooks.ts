import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { AmodalError } from '../../domain/error.ts';
import type { RejectionView } from '../../operations/webhook-operations.ts';
import { EXIT_FAILED } from '../exit-code.ts';
import { rejectionCard, rejectionTable, testAnswer, webhookTable } from '../print/webhooks.ts';
import { type Context, printData, remark, withOperations } from './context.ts';
import { parseCount, parseSeconds } from './parse.ts';

interface RejectedOptions {
  readonly automation?: string;
  readonly status?: RejectionView['status'];
  readonly since?: number;
  readonly limit: number;
}

interface RedeliverOptions {
  readonly automation?: string;
  readonly since?: number;
}

interface TestOptions {
  readonly event?: string;
  readonly privateKey?: string;
}

/** `amodal ops webhooks …` */
export function webhookCommands(ops: Command, context: Context): void {
  const group = ops
    .command('webhooks')
    .alias('webhook')
    .description('hooks, what came of their requests, and inbound dead letters');
  lookingCommands(group, context);
  actingCommands(group, context);
}

function lookingCommands(group: Command, context: Context): void {
  group
    .command('list')
    .description('every hook, its URL and what came of its requests')
    .action(() =>
      withOperations(context, async (operations) => {
        printData(context, await operations.listWebhooks(), (rows) => webhookTable(rows, context.io));
      }),
    );

  group
    .command('rejected')
    .description('requests that started nothing, newest first')
    .option('--automation <name>', 'only of this automation')
    .addOption(new Option('--status <status>', 'only these').choices(['kept', 'refused', 'redelivered']))
    .option('--since <duration>', 'only those of the last, e.g. 24h', parseSeconds)
    .option('--limit <n>', 'how many', parseCount, 50)
    .action(({ since, ...options }: RejectedOptions) =>
      withOperations(context, async (operations) => {
        const rows = await operations.listRejections({ ...options, since: momentBefore(context, since) });
        const { timezone } = (await operations.health()).bundle;
        printData(context, rows, () => rejectionTable(rows, timezone, context.io));
      }),
    );

  group
    .command('show <id>')
    .description('one refused request, redacted, and what was expected of it')
    .action((id: string) =>
      withOperations(context, async (operations) => {
        const detail = await operations.showRejection(id);
        const { timezone } = (await operations.health()).bundle;
        printData(context, detail, () => rejectionCard(detail, timezone, context.io));
      }),
    );
}

function actingCommands(group: Command, context: Context): void {
  group
    .command('redeliver [ids...]')
    .description('verify refused requests again and run what passes, each exactly once')
    .option('--since <duration>', 'all of the last, e.g. 24h', parseSeconds)
    .option('--automation <name>', 'only of this automation')
    .action((ids: readonly string[], { since, automation }: RedeliverOptions) =>
      withOperations(context, async (operations) => {
        if (ids.length === 0 && since === undefined) {
          throw new AmodalError(
            'usage',
            'Say which: ids from `ops webhooks rejected`, or --since 24h for all of a time.',
          );
        }
        const which = ids.length > 0 ? { ids } : { automation, since: momentBefore(context, since) };
        const report = await operations.redeliverRejections({ ...which, by: 'cli' });
        const { timezone } = (await operations.health()).bundle;
        printData(context, report, ({ rejections }) => rejectionTable(rejections, timezone, context.io));
        remark(context, `${report.redelivered} redelivered, ${report.refused} refused again, ${report.left} left.`);
        if (report.refused > 0 || report.left > 0) context.exit(EXIT_FAILED);
      }),
    );

  group
    .command('test <name>')
    .description('sign a sample as the sender would and post it; an accepted one runs')
    .option('--event <file>', 'a file with the body, or - for stdin')
    .option(
      '--private-key <file>',
      'PEM of a key whose public half is configured, for senders that sign with their own',
    )
    .action((name: string, options: TestOptions) =>
      withOperations(context, async (operations) => {
        const event = await readInput(context, '--event', options.event);
        const privateKey = await readInput(context, '--private-key', options.privateKey);
        const result = await operations.testWebhook(name, { event, privateKey, by: 'cli' });
        printData(context, result, () => testAnswer(result));
        if (!result.ok) context.exit(EXIT_FAILED);
      }),
    );
}

/** Epoch ms. */
function momentBefore({ io }: Context, seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : io.now() - seconds * 1000;
}

async function readInput({ io }: Context, option: string, source: string | undefined): Promise<string | undefined> {
  if (source === undefined) return undefined;
  if (source === '-') return io.readStdin();
  try {
    return readFileSync(resolve(io.cwd, source), 'utf8');
  } catch (cause) {
    throw new AmodalError('usage', `${option} ${source}: the file cannot be read; give a path or - for stdin.`, {
      cause,
    });
  }
}
