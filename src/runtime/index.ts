import type { AutomationResultHandler } from './callbacks.ts';
import { readConfig } from './config.ts';
import { createRuntime, type Runtime } from './create.ts';
import { silentLogger } from './silent-logger.ts';

export { AmodalError } from '../domain/error.ts';
export type { Operations } from '../operations/operations.ts';
export type { AutomationResult, AutomationResultHandler } from './callbacks.ts';
export type { Runtime } from './create.ts';

export interface AgentOptions {
  /** The bundle's folder. */
  readonly dir: string;
  /** Receives what `callback` targets deliver; one function for all, or one a name. A rejection is retried. */
  readonly onAutomationResult?: AutomationResultHandler | Readonly<Record<string, AutomationResultHandler>>;
  /** Where webhooks and the HTTP API listen; 0 takes a free port. */
  readonly port?: number;
  readonly host?: string;
  /** Admin token of the HTTP API; one is made when it is left out. */
  readonly token?: string;
  /** Reload on changes of files, as `amodal dev` does. */
  readonly watch?: boolean;
  /** Start although some files are broken; the others run. */
  readonly allowBroken?: boolean;
  /** Let hooks of `webhookAuth` type `none` listen on a host beyond loopback. */
  readonly allowUnauthenticatedWebhooks?: boolean;
  /** Seconds that running work may take to finish on `stop`. */
  readonly drainSeconds?: number;
}

/** Runs a bundle inside this program until `stop` is called; throws `AmodalError` when it cannot start. */
export async function createAgent(options: AgentOptions): Promise<Runtime> {
  return createRuntime({
    dir: options.dir,
    mode: options.watch ? 'dev' : 'start',
    port: options.port ?? 0,
    host: options.host,
    token: options.token,
    allowBroken: options.allowBroken,
    allowUnauthenticatedWebhooks: options.allowUnauthenticatedWebhooks,
    drainSeconds: options.drainSeconds,
    callbacks: options.onAutomationResult,
    config: readConfig(),
    logger: silentLogger,
  });
}
