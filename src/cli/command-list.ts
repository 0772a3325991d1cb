import type { Command } from 'commander';
import type { Context } from './commands/context.ts';

/** Adds one command, or one group of `ops`, to its parent. */
export type AddCommand = (parent: Command, context: Context) => void;

/** A command that is imported only when the arguments may mean it: starting is part of every command's time. */
interface LazyCommand {
  readonly name: string;
  readonly load: () => Promise<AddCommand>;
}

const COMMANDS: readonly LazyCommand[] = [
  { name: 'dev', load: async () => (await import('./commands/dev.ts')).devCommand },
  { name: 'start', load: async () => (await import('./commands/start.ts')).startCommand },
  { name: 'validate', load: async () => (await import('./commands/validate.ts')).validateCommand },
  { name: 'ops', load: async () => (await import('./ops-commands.ts')).opsCommands },
];

/** Adds the commands that the arguments name; all of them when they name none (help, a misspelling). */
export async function addCommands(
  program: Command,
  { args, context }: { readonly args: readonly string[]; readonly context: Context },
): Promise<void> {
  const named = COMMANDS.filter(({ name }) => args.includes(name));
  const adds = await Promise.all((named.length > 0 ? named : COMMANDS).map(({ load }) => load()));
  for (const add of adds) add(program, context);
}
