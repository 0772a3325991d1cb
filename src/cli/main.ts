import { VERSION } from '../domain/version.ts';
import type { Io } from './io.ts';
import { systemIo } from './io.ts';

/** Runs one command line and gives the process's exit code: 0 ok, 1 failed, 2 usage, 3 the state is held elsewhere. */
export async function main(args: readonly string[], io: Io = systemIo()): Promise<number> {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    io.out(`${VERSION}\n`);
    return 0;
  }
  const { runProgram } = await import('./program.ts');
  return runProgram(args, io);
}
