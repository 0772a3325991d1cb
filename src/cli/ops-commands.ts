import type { Command } from 'commander';
import { auditCommands } from './commands/audit.ts';
import { automationCommands } from './commands/automations.ts';
import type { Context } from './commands/context.ts';
import { deliveryCommands } from './commands/deliveries.ts';
import { doctorCommand } from './commands/doctor.ts';
import { keyCommands } from './commands/keys.ts';
import { ledgerCommands } from './commands/ledger.ts';
import { memoryCommands } from './commands/memory.ts';
import { runCommands } from './commands/runs.ts';
import { spendCommand } from './commands/spend.ts';
import { storeCommands } from './commands/stores.ts';
import { webhookCommands } from './commands/webhooks.ts';

/** The groups below `ops`, in the order of its help. */
const GROUPS = [
  automationCommands,
  runCommands,
  deliveryCommands,
  webhookCommands,
  doctorCommand,
  keyCommands,
  storeCommands,
  memoryCommands,
  spendCommand,
  auditCommands,
  ledgerCommands,
] as const;

/** `amodal ops …`: one file to open, whichever group is meant. */
export function opsCommands(program: Command, context: Context): void {
  const ops = program.command('ops').description('operate automations, runs, deliveries and state');
  for (const add of GROUPS) add(ops, context);
}
