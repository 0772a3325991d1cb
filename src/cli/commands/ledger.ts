import type { Command } from 'commander';
import { type Context, printData, withOperations } from './context.ts';
import { parseCount } from './parse.ts';

/** `amodal ops ledger …` */
export function ledgerCommands(ops: Command, context: Context): void {
  const group = ops.command('ledger').description('the account of every scheduled instant');

  group
    .command('verify')
    .description('recompute every instant and prove that each is exactly one run, skipped or missed')
    .option('--days <n>', 'how far back', parseCount, 30)
    .action((options: { days: number }) =>
      withOperations(context, async (operations) => {
        const proof = await operations.verifyLedger(options);
        if (!proof.ok) context.exit(1);
        printData(context, proof, () =>
          [
            `${proof.instants} instants: ${proof.runs} runs, ${proof.skipped} skipped, ${proof.missed} missed.`,
            ...proof.problems,
            proof.ok ? 'Every instant is accounted for exactly once.' : `${proof.problems.length} problems.`,
            '',
          ].join('\n'),
        );
      }),
    );
}
