import type { Diagnostic } from '../domain/diagnostic.ts';
import type { Finding } from './finding.ts';
import type { SourceFile } from './source-file.ts';

/** Where the fields of a Markdown file stand, by their first key. */
export type Positions = Readonly<Record<string, { readonly line: number; readonly column: number }>>;

/** The diagnostics of findings in a JSON file. */
export async function locateInSource(source: SourceFile, findings: readonly Finding[]): Promise<readonly Diagnostic[]> {
  if (findings.length === 0) return [];
  const { locateInJson } = await import('./locate-in-json.ts');
  return locateInJson(source.text, source.path, findings);
}

/** The diagnostics of findings in a file whose fields were read by a parser that knows where they stand. */
export function locateByPosition(
  file: string,
  findings: readonly Finding[],
  positions: Positions,
): readonly Diagnostic[] {
  return findings.map(({ severity, code, message, path: [key] }) => {
    const known = typeof key === 'string' && Object.hasOwn(positions, key) ? positions[key] : undefined;
    return { severity, code, message, file, line: known?.line ?? 1, column: known?.column ?? 1 };
  });
}
