import type { Command } from 'commander';
import type { Bundle } from '../../domain/bundle.ts';
import { formatDiagnostic } from '../../domain/diagnostic.ts';
import type { Operations } from '../../operations/operations.ts';
import { automationTable } from '../print/automations.ts';
import { printable } from '../print/printable.ts';
import { runEndLine } from '../print/runs.ts';
import { whatToTry } from '../print/what-to-try.ts';
import { bundleDirOf, type Context, remark } from './context.ts';
import { type ServeOptions, serveOptions } from './start.ts';

/** `amodal dev` */
export function devCommand(program: Command, context: Context): void {
  serveOptions(program.command('dev').description('run the bundle and reload it on every change')).action(
    async (options: ServeOptions) => {
      const { serve } = await import('../../runtime/serve.ts');
      await serve({
        ...options,
        dir: bundleDirOf(context),
        mode: 'dev',
        token: context.options().token,
        signal: context.io.interrupted,
        onReady: async ({ url, bundle, operations, model }) => {
          remark(
            context,
            `amodal dev: ${bundle.settings.name} on ${url}\nModel: ${model.id} (${model.problem ?? model.reason})\n`,
          );
          await printOverview(context, operations, bundle);
          remark(context, await whatToTry({ bundle, operations, io: context.io }));
        },
        onReload: async ({ bundle, operations }) => {
          remark(context, `\nreloaded: ${bundle.automations.size} automations, ${bundle.broken.size} broken`);
          await printOverview(context, operations, bundle);
        },
        onLog: (text) => remark(context, `\n${printable(text)}\n`),
        onRunEnd: (run) => remark(context, runEndLine(run)),
      });
    },
  );
}

async function printOverview(context: Context, operations: Operations, bundle: Bundle): Promise<void> {
  const { io } = context;
  for (const one of bundle.diagnostics) remark(context, `${one.severity} ${formatDiagnostic(one)}`);
  if (!context.options().quiet)
    io.out(automationTable(await operations.listAutomations(), bundle.settings.timezone, io));
}
