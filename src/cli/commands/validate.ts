import { type Command, Option } from 'commander';
import { type Diagnostic, formatDiagnostic } from '../../domain/diagnostic.ts';
import { AmodalError } from '../../domain/error.ts';
import type { RightsChange, RightsComparison } from '../../runtime/compare-rights.ts';
import { EXIT_FAILED } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { bundleDirOf, type Context, remark } from './context.ts';

const APPROVES_NOTHING = '--approve-rights approves nothing: say --against <git-ref> as well.';

interface Options {
  readonly format?: Format;
  readonly strict?: boolean;
  readonly online?: boolean;
  readonly against?: string;
  readonly approveRights?: boolean;
}

/** `amodal validate` */
export function validateCommand(program: Command, context: Context): void {
  program
    .command('validate')
    .description('check every file of the bundle; exit 1 on errors')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'github']))
    .option('--strict', 'warnings fail too')
    .option('--online', 'ask the connections as well: "testPath" of APIs, tool lists of MCP servers')
    .option('--against <git-ref>', 'compare rights with those of a commit, e.g. origin/main; exit 1 if any is wider')
    .option('--approve-rights', 'with --against: wider rights are printed, but do not fail')
    .action(async (options: Options) => {
      const { validate } = await import('../../runtime/validate.ts');
      const { online, against, approveRights } = options;
      if (approveRights && against === undefined) throw new AmodalError('usage', APPROVES_NOTHING);
      const { diagnostics, files, rights } = await validate({ dir: bundleDirOf(context), online, against });
      const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
      if (errors > 0 || (options.strict && diagnostics.length > 0)) context.exit(EXIT_FAILED);
      const isRefused = rights !== undefined && rights.widened.length > 0 && !approveRights;
      if (isRefused) context.exit(EXIT_FAILED);
      await print(context, options, { diagnostics, rights });
      const warnings = diagnostics.length - errors;
      remark(context, `${files}: ${count(errors, 'error')}, ${count(warnings, 'warning')}`);
      if (rights) remark(context, rightsRemark(rights, isRefused));
    });
}

type Format = 'text' | 'json' | 'github';

interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  readonly rights?: RightsComparison;
}

async function print(context: Context, options: Options, findings: Findings): Promise<void> {
  const { io } = context;
  const { diagnostics, rights } = findings;
  const format = options.format ?? (context.options().json ? 'json' : 'text');
  switch (format) {
    case 'json': {
      const data = rights ? { diagnostics, widened: rights.widened, narrowed: rights.narrowed } : diagnostics;
      io.out(`${JSON.stringify(data, null, 2)}\n`);
      break;
    }
    case 'github':
      io.out(diagnostics.map((one) => workflowCommand(one.severity, one)).join(''));
      if (rights) io.out(await workflowCommandsOf(rights, options.approveRights ? 'warning' : 'error'));
      break;
    case 'text':
      io.out(diagnostics.map((one) => textLine(one, io)).join(''));
      if (rights) io.out(await textOf(rights, io));
  }
}

async function textOf(rights: RightsComparison, io: Io): Promise<string> {
  const { formatRights } = await import('../print/rights.ts');
  return formatRights(rights, io);
}

async function workflowCommandsOf({ widened, narrowed }: RightsComparison, level: 'error' | 'warning') {
  const { rightWords } = await import('../print/rights.ts');
  const command = (severity: 'error' | 'warning' | 'notice') => (change: RightsChange) =>
    workflowCommand(severity, { ...change, message: rightWords(change) });
  return [...widened.map(command(level)), ...narrowed.map(command('notice'))].join('');
}

function rightsRemark({ commit, widened, narrowed }: RightsComparison, isRefused: boolean): string {
  const words = `rights, compared with ${commit.slice(0, 12)}: ${widened.length} widened, ${narrowed.length} narrowed`;
  return isRefused ? `${words}; if that is meant, say --approve-rights` : words;
}

function textLine(diagnostic: Diagnostic, io: Io): string {
  const color = diagnostic.severity === 'error' ? 'red' : 'yellow';
  return `${io.style(color, diagnostic.severity)} ${formatDiagnostic(diagnostic)}\n`;
}

type Annotation = Pick<Diagnostic, 'file' | 'message'> & Partial<Pick<Diagnostic, 'line' | 'column'>>;

/** GitHub Actions shows these beside the lines of a pull request. */
function workflowCommand(
  level: 'error' | 'warning' | 'notice',
  { file, line = 1, column, message }: Annotation,
): string {
  const escaped = message.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const path = file.replaceAll('%', '%25').replaceAll(',', '%2C').replaceAll(':', '%3A');
  const place = `file=${path},line=${line}${column === undefined ? '' : `,col=${column}`}`;
  return `::${level} ${place}::${escaped}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
