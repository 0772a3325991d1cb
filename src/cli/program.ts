import { Command, CommanderError, Option } from 'commander';
import { VERSION } from '../domain/version.ts';
import { addCommands } from './command-list.ts';
import type { Context, GlobalOptions } from './commands/context.ts';
import { EXIT_OK, EXIT_USAGE, exitCodeOf, sentenceOf } from './exit-code.ts';
import type { Io } from './io.ts';

/** Parses, runs one command, gives its exit code; errors become one sentence on stderr. */
export async function runProgram(args: readonly string[], io: Io): Promise<number> {
  let exitCode = EXIT_OK;
  const program = newProgram(io);
  const context: Context = {
    io,
    options: () => program.opts<GlobalOptions>(),
    exit: (code) => {
      exitCode = code;
    },
  };
  await addCommands(program, { args, context });
  silenceCommander(program, io);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    io.err(`${io.style('red', 'error:')} ${sentenceOf(error)}\n`);
    return exitCodeOf(error);
  }
}

function newProgram(io: Io): Command {
  return new Command('amodal')
    .description('Automations for AI agents, kept as files in Git')
    .version(VERSION, '-V, --version')
    .addOption(new Option('--dir <bundle>', 'the folder with the automations').default(io.cwd, 'this folder'))
    .option('--url <server>', 'operate a running server instead of the local state (or AMODAL_URL)')
    .option('--token <token>', 'admin token for --url (or AMODAL_TOKEN)')
    .option('--json', 'print JSON on stdout')
    .option('--no-color', 'no colours (or NO_COLOR)')
    .option('-q, --quiet', 'only data and errors')
    .showSuggestionAfterError(true)
    .helpCommand(true);
}

/** Commander prints through the given streams and throws instead of ending the process, in every subcommand. */
function silenceCommander(command: Command, io: Io): void {
  command.exitOverride();
  command.configureOutput({ writeOut: io.out, writeErr: io.err, getOutHelpWidth: () => io.columns ?? 100 });
  for (const child of command.commands) silenceCommander(child, io);
}
