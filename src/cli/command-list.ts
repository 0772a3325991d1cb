import type { Command } from 'commander';
import type { Context } from './commands/context.ts';

/** Adds one command, or one group of `ops`, to its parent. */
type AddCommand = (parent: Command, context: Context) => void;

/** A command that is imported only when the arguments may mean it: starting is part of every command's time. */
export interface LazyCommand {
  readonly names: readonly string[];
  readonly load: () => Promise<AddCommand>;
}

export const COMMANDS: readonly LazyCommand[] = [
  { names: ['dev'], load: async () => (await import('./commands/dev.ts')).devCommand },
  { names: ['start'], load: async () => (await import('./commands/start.ts')).startCommand },
  { names: ['validate'], load: async () => (await import('./commands/validate.ts')).validateCommand },
];

/** The groups below `ops`. */
export const OPS_COMMANDS: readonly LazyCommand[] = [
  {
    names: ['automations', 'automation'],
    load: async () => (await import('./commands/automations.ts')).automationCommands,
  },
  { names: ['runs', 'run'], load: async () => (await import('./commands/runs.ts')).runCommands },
  { names: ['deliveries', 'delivery'], load: async () => (await import('./commands/deliveries.ts')).deliveryCommands },
  { names: ['webhooks', 'webhook'], load: async () => (await import('./commands/webhooks.ts')).webhookCommands },
  { names: ['doctor'], load: async () => (await import('./commands/doctor.ts')).doctorCommand },
  { names: ['keys', 'key'], load: async () => (await import('./commands/keys.ts')).keyCommands },
  { names: ['stores', 'store'], load: async () => (await import('./commands/stores.ts')).storeCommands },
  { names: ['memory'], load: async () => (await import('./commands/memory.ts')).memoryCommands },
  { names: ['spend'], load: async () => (await import('./commands/spend.ts')).spendCommand },
  { names: ['audit'], load: async () => (await import('./commands/audit.ts')).auditCommands },
  { names: ['ledger'], load: async () => (await import('./commands/ledger.ts')).ledgerCommands },
];

/** Whether the arguments hold the name of one of these commands. */
export function isNamed(list: readonly LazyCommand[], args: readonly string[]): boolean {
  return list.some(({ names }) => names.some((name) => args.includes(name)));
}

/** Adds the commands that the arguments name; all of them when they name none (help, a misspelling). */
export async function addCommands(
  list: readonly LazyCommand[],
  parent: Command,
  { args, context }: { readonly args: readonly string[]; readonly context: Context },
): Promise<void> {
  const named = list.filter((command) => isNamed([command], args));
  const adds = await Promise.all((named.length > 0 ? named : list).map(({ load }) => load()));
  for (const add of adds) add(parent, context);
}
