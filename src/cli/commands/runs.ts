import { type Command, Option } from 'commander';
import type { ReplayMode } from '../../domain/run.ts';
import type { RunEventView } from '../../operations/views.ts';
import { runEventLine } from '../print/run-event.ts';
import { runCard } from '../print/runs.ts';
import { type Context, printData, withOperations } from './context.ts';
import { replayAndReport } from './trigger.ts';

const PAGE = 500;

/** `amodal ops runs …` */
export function runCommands(ops: Command, context: Context): void {
  const group = ops.command('runs').alias('run').description('single runs: record, cancel, replay');

  group
    .command('show <run>')
    .description('status, cost, commit, deliveries, writes and result')
    .action((id: string) =>
      withOperations(context, async (operations) => {
        const run = await operations.showRun(id);
        const { timezone } = (await operations.health()).bundle;
        printData(context, run, () => runCard(run, timezone, context.io));
      }),
    );

  group
    .command('logs <run>')
    .description('the record: prompt, messages, tool calls, results, usage, deliveries')
    .option('-f, --follow', 'go on until the run is over')
    .action((id: string, options: { follow?: boolean }) =>
      options.follow ? followLogs(context, id) : printLogs(context, id),
    );

  group
    .command('cancel <run>')
    .description('stop it; nothing leaves after that')
    .action((id: string) =>
      withOperations(context, async (operations) => {
        const cancelled = await operations.cancelRun(id, 'cli');
        printData(context, cancelled, ({ status }) => `${CANCEL_WORDS[status]}\n`);
        if (cancelled.status === 'ended') context.exit(1);
      }),
    );

  group
    .command('replay <run>')
    .description('run the same event and prompt again, for real')
    .addOption(new Option('--safe', 'only read; show writes, deliveries and alerts').conflicts('offline'))
    .option('--offline', 'use what was recorded, no network at all, and show what differs')
    .option('--wait', 'stream the run and exit by its outcome')
    .action((id: string, options: ReplayOptions) =>
      replayAndReport(context, id, { mode: modeOf(options), wait: options.wait === true }),
    );
}

interface ReplayOptions {
  readonly safe?: boolean;
  readonly offline?: boolean;
  readonly wait?: boolean;
}

function modeOf({ safe, offline }: ReplayOptions): ReplayMode {
  if (offline) return 'offline';
  return safe ? 'safe' : 'live';
}

const CANCEL_WORDS = {
  requested: 'Asked to stop.',
  cancelled: 'Cancelled.',
  ended: 'It had already ended.',
} as const;

async function printLogs(context: Context, id: string): Promise<void> {
  await withOperations(context, async (operations) => {
    let after = -1;
    const all: RunEventView[] = [];
    for (;;) {
      const events = await operations.runEvents(id, { after, limit: PAGE });
      if (events.length === 0) break;
      all.push(...events);
      after = events.at(-1)?.id ?? after;
    }
    printData(context, all, () =>
      all
        .map((event) => runEventLine(event, context.io))
        .filter(Boolean)
        .join('\n')
        .concat('\n'),
    );
  });
}

async function followLogs(context: Context, id: string): Promise<void> {
  await withOperations(context, async (operations) => {
    for await (const event of operations.followRun(id, { signal: context.io.interrupted })) {
      context.io.out(context.options().json ? `${JSON.stringify(event)}\n` : `${runEventLine(event, context.io)}\n`);
    }
  });
}
