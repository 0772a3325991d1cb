import { join } from 'node:path';
import { AmodalError } from '../domain/error.ts';

export const DEFAULT_PORT = 3847;
export const DEFAULT_HOST = '127.0.0.1';
/** What the environment says to the runtime itself; variables of bundles are read by `env:` references instead. */
export interface RuntimeConfig {
  readonly url?: string;
  readonly token?: string;
  readonly instanceSecret?: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Reads `AMODAL_URL, AMODAL_TOKEN, AMODAL_SECRET, AMODAL_LOG, NO_COLOR`; refuses a value that cannot be honoured. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): RuntimeConfig {
  return {
    url: env.AMODAL_URL || undefined,
    token: env.AMODAL_TOKEN || undefined,
    instanceSecret: env.AMODAL_SECRET || undefined,
    logLevel: logLevel(env.AMODAL_LOG),
    color: !env.NO_COLOR,
    env,
  };
}

/** State lives in SQLite only; a set `DATABASE_URL` asks for something else and must not be ignored. */
export function requireSqlite(config: RuntimeConfig): void {
  if (!config.env.DATABASE_URL) return;
  throw new AmodalError(
    'usage',
    'DATABASE_URL is set, but state on Postgres is not supported yet: unset it to keep state in SQLite under .amodal/.',
  );
}

/** Where a bundle's state lives. */
export function stateDirOf(dir: string): string {
  return join(dir, '.amodal');
}

function logLevel(value: string | undefined): RuntimeConfig['logLevel'] {
  if (!value) return 'info';
  const level = LOG_LEVELS.find((known) => known === value);
  if (level) return level;
  throw new AmodalError('usage', `AMODAL_LOG is "${value}": expected one of ${LOG_LEVELS.join(', ')}.`);
}
