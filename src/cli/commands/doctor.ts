import type { Command } from 'commander';
import { EXIT_FAILED } from '../exit-code.ts';
import { doctorReport } from '../print/webhooks.ts';
import { type Context, printData, withOperations } from './context.ts';

/** `amodal ops doctor` */
export function doctorCommand(ops: Command, context: Context): void {
  ops
    .command('doctor')
    .description('check the bundle, the state, and that every webhook listens; starts no run')
    .action(() =>
      withOperations(context, async (operations) => {
        const report = await operations.doctor();
        printData(context, report, () => doctorReport(report, context.io));
        if (!report.ok) context.exit(EXIT_FAILED);
      }),
    );
}
