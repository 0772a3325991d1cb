import { type Command, Option } from 'commander';
import { type Diagnostic, formatDiagnostic } from '../../domain/diagnostic.ts';
import { EXIT_FAILED } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { bundleDirOf, type Context } from './context.ts';

/** `amodal validate` */
export function validateCommand(program: Command, context: Context): void {
  program
    .command('validate')
    .description('check every file of the bundle; exit 1 on errors')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'github']))
    .option('--strict', 'warnings fail too')
    .option('--online', 'ask the connections as well: "testPath" of APIs, tool lists of MCP servers')
    .action(async (options: { format?: Format; strict?: boolean; online?: boolean }) => {
      const { validate } = await import('../../runtime/validate.ts');
      const { diagnostics, files } = await validate({ dir: bundleDirOf(context), online: options.online });
      const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
      if (errors > 0 || (options.strict && diagnostics.length > 0)) context.exit(EXIT_FAILED);
      print(context, options.format ?? (context.options().json ? 'json' : 'text'), diagnostics);
      const warnings = diagnostics.length - errors;
      if (!context.options().quiet)
        context.io.err(`${files}: ${count(errors, 'error')}, ${count(warnings, 'warning')}\n`);
    });
}

type Format = 'text' | 'json' | 'github';

function print({ io }: Context, format: Format, diagnostics: readonly Diagnostic[]): void {
  switch (format) {
    case 'json':
      io.out(`${JSON.stringify(diagnostics, null, 2)}\n`);
      break;
    case 'github':
      io.out(diagnostics.map((one) => `${workflowCommand(one)}\n`).join(''));
      break;
    case 'text':
      io.out(diagnostics.map((one) => textLine(one, io)).join(''));
  }
}

function textLine(diagnostic: Diagnostic, io: Io): string {
  const color = diagnostic.severity === 'error' ? 'red' : 'yellow';
  return `${io.style(color, diagnostic.severity)} ${formatDiagnostic(diagnostic)}\n`;
}

/** GitHub Actions shows these beside the lines of a pull request. */
function workflowCommand({ severity, file, line, column, message }: Diagnostic): string {
  const escaped = message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const path = file.replaceAll('%', '%25').replaceAll(',', '%2C').replaceAll(':', '%3A');
  return `::${severity} file=${path},line=${line},col=${column}::${escaped}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
