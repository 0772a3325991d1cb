import type { Command } from 'commander';
import type { Bundle } from '../../domain/bundle.ts';
import { formatDiagnostic } from '../../domain/diagnostic.ts';
import type { Operations } from '../../operations/operations.ts';
import { automationTable } from '../print/automations.ts';
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
        onReady: async ({ url, bundle, operations }) => {
          remark(context, `amodal dev: ${bundle.settings.name} on ${url}, model ${modelOf(bundle)}\n`);
          await printOverview(context, operations, bundle);
          remark(context, await whatToTry({ url, bundle, operations, io: context.io }));
        },
        onReload: async ({ bundle, operations }) => {
          remark(context, `\nreloaded: ${bundle.automations.size} automations, ${bundle.broken.size} broken`);
          await printOverview(context, operations, bundle);
        },
        onRunEnd: (line) => remark(context, line),
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

function modelOf(bundle: Bundle): string {
  const main = bundle.settings.models.main;
  if (!main) return 'none';
  return main.provider === 'scripted'
    ? 'scripted (plays recorded turns; set a provider key to use a real one)'
    : `${main.provider}/${main.model}`;
}
