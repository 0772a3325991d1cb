import type { Diagnostic } from '../domain/diagnostic.ts';
import type { Finding } from './finding.ts';
import { locateByPosition, locateInSource, type Positions } from './locate.ts';
import type { SourceFile } from './source-file.ts';

/** What was found in one file, before lines and columns are known. */
export interface Report {
  readonly source: SourceFile;
  readonly findings: readonly Finding[];
  /** Of a Markdown file; a JSON file is looked up when there is something to say. */
  readonly positions?: Positions;
}

/** Findings keep their diagnostics: a reload that reuses them need not look them up again. */
const located = new WeakMap<readonly Finding[], readonly Diagnostic[]>();

/** The diagnostics of all reports, in order of files and lines. */
export async function locateReports(reports: readonly Report[]): Promise<readonly Diagnostic[]> {
  const all: Diagnostic[] = [];
  for (const report of reports) {
    if (report.findings.length > 0) all.push(...(await locate(report)));
  }
  return all.sort(inOrder);
}

async function locate({ source, findings, positions }: Report): Promise<readonly Diagnostic[]> {
  const known = located.get(findings);
  if (known) return known;
  const found =
    positions || !source.path.endsWith('.json')
      ? locateByPosition(source.path, findings, positions ?? {})
      : await locateInSource(source, findings);
  located.set(findings, found);
  return found;
}

function inOrder(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
