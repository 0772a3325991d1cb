import type { Bundle } from '../domain/bundle.ts';
import { describeModel, type ModelDescription } from '../models/index.ts';
import type { Operations } from '../operations/operations.ts';
import type { RunDetail } from '../operations/views.ts';
import { readConfig } from './config.ts';
import { createRuntime } from './create.ts';
import { keepHeapSmall } from './heap.ts';
import { createLogger } from './logger.ts';

export interface Ready {
  readonly url: string;
  readonly bundle: Bundle;
  readonly operations: Operations;
  /** Which model answers by default, and why that one. */
  readonly model: ModelDescription;
}

export interface ServeOptions {
  readonly dir: string;
  readonly mode: 'dev' | 'start';
  readonly port?: number;
  readonly host?: string;
  readonly token?: string;
  /** Seconds. */
  readonly drain: number;
  readonly allowBroken?: boolean;
  readonly allowUnauthenticatedWebhooks?: boolean;
  /** Stop when it aborts. */
  readonly signal: AbortSignal;
  readonly onReady: (ready: Ready) => void | Promise<void>;
  readonly onReload?: (ready: Ready) => void | Promise<void>;
  /** What `log` targets deliver; the log itself when left out. */
  readonly onLog?: (text: string) => void;
  readonly onRunEnd?: (run: RunDetail) => void;
}

/** Runs a bundle until the signal aborts, then drains and lets go of the state. */
export async function serve(options: ServeOptions): Promise<void> {
  const config = readConfig();
  const runtime = await createRuntime({
    ...options,
    config,
    drainSeconds: options.drain,
    log: options.onLog && { info: options.onLog },
    logger: createLogger(options.mode === 'dev' ? devLevel(config.logLevel) : config.logLevel),
  });
  const ready = (): Ready => {
    const bundle = runtime.bundles.active();
    return { url: runtime.url, bundle, operations: runtime.operations, model: describeModel(bundle) };
  };
  runtime.bundles.subscribe(() => void options.onReload?.(ready()));
  const { onRunEnd } = options;
  if (onRunEnd) runtime.onRunEnd((run) => void runtime.operations.showRun(run).then(onRunEnd));
  keepHeapSmall(config);
  await options.onReady(ready());
  await aborted(options.signal);
  await runtime.stop();
}

/** `dev` tells its story in its own words; the log adds only what went wrong. */
function devLevel(level: 'debug' | 'info' | 'warn' | 'error' | 'silent') {
  return level === 'info' ? 'warn' : level;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
