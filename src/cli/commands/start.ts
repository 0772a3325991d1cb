import type { Command } from 'commander';
import { bundleDirOf, type Context, remark } from './context.ts';
import { parsePort, parseSeconds } from './parse.ts';

export interface ServeOptions {
  readonly port?: number;
  readonly host?: string;
  readonly drain: number;
  readonly allowBroken?: boolean;
  readonly allowUnauthenticatedWebhooks?: boolean;
}

const DEFAULT_DRAIN_SECONDS = 30;

/** `amodal start` */
export function startCommand(program: Command, context: Context): void {
  serveOptions(
    program.command('start').description('run the bundle: keep time, listen, deliver; refuses to start on errors'),
  )
    .option('--allow-broken', 'start although files are broken; the others run')
    .action(async (options: ServeOptions) => {
      const { serve } = await import('../../runtime/serve.ts');
      await serve({
        ...options,
        dir: bundleDirOf(context),
        mode: 'start',
        token: context.options().token,
        signal: context.io.interrupted,
        onReady: ({ url, bundle, model }) =>
          remark(
            context,
            `amodal ${bundle.settings.name} is up on ${url}: ${bundle.automations.size} automations, model ${model.id} (${model.problem ?? model.reason}).`,
          ),
      });
    });
}

/** Options that `dev` and `start` share. */
export function serveOptions(command: Command): Command {
  return command
    .option('--port <port>', 'where to listen (3847)', parsePort)
    .option('--host <host>', 'address to listen on (127.0.0.1)')
    .option('--drain <duration>', 'how long running work may finish on SIGTERM', parseSeconds, DEFAULT_DRAIN_SECONDS)
    .option('--allow-unauthenticated-webhooks', 'let webhookAuth "none" listen beyond loopback');
}
