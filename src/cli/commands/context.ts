import { resolve } from 'node:path';
import type { Operations } from '../../operations/operations.ts';
import type { Io } from '../io.ts';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly dir: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** What a command gets: the terminal, the global options, and a way to set the exit code. */
export interface Context {
  readonly io: Io;
  readonly options: () => GlobalOptions;
  readonly exit: (code: number) => void;
}

export function bundleDirOf(context: Context): string {
  return resolve(context.io.cwd, context.options().dir);
}

/** Runs one use of the operations against the running server, or else the local state, and lets go of it. */
export async function withOperations<T>(context: Context, use: (operations: Operations) => Promise<T>): Promise<T> {
  const { connect } = await import('../../runtime/connect.ts');
  const { url, token } = context.options();
  const connection = await connect({ dir: bundleDirOf(context), url, token });
  try {
    return await use(connection.operations);
  } finally {
    await connection.close();
  }
}

/** Prints data: JSON with `--json`, else what `text` makes of it. */
export function printData<T>(context: Context, data: T, text: (data: T) => string): void {
  context.io.out(context.options().json ? `${JSON.stringify(data, null, 2)}\n` : text(data));
}

/** A remark for people, on stderr, unless `--quiet`. */
export function remark(context: Context, text: string): void {
  if (!context.options().quiet) context.io.err(`${text}\n`);
}
