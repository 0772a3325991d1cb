/** How bad a finding is: an `error` keeps its file out of force, a `warning` does not. */
export type Severity = 'error' | 'warning';

/** One finding about a user's file. `line` and `column` count from 1. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable kebab-case identifier, e.g. `unknown-key`, `env-unset`, `bad-cron`. */
  readonly code: string;
  /** Subject, expectation, what came, way out; without the position, which is printed in front of it. */
  readonly message: string;
  /** Path relative to the bundle folder, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `automations/digest.json:4:15 schedule "0 25 * * *": hour must be 0-23, got 25` */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  return `${diagnostic.file}:${diagnostic.line}:${diagnostic.column} ${diagnostic.message}`;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
