import { explainViolations } from './explain-violations.ts';
import type { Finding } from './finding.ts';
import { errorAt } from './finding.ts';
import type { FoundReference, Validate } from './generated/validators.js';
import { countKeys, MAX_DEPTH, scanJson } from './scan-json.ts';
import type { SourceFile } from './source-file.ts';

/** A JSON file after syntax, duplicate keys and shape were checked. */
export interface ParsedFile<Shape> {
  /** What fits the shape: without errors the whole file, else only the top-level keys that hold no error. */
  readonly value: Partial<Shape>;
  readonly findings: readonly Finding[];
  readonly references: readonly FoundReference[];
}

const NOTHING: readonly Finding[] = [];

/**
 * Parses and validates with `JSON.parse` and a precompiled validator; nothing slower happens unless there is a problem.
 * `kind` names the shape, for the keys that older files have.
 */
export function parseJson<Shape>(
  source: SourceFile,
  validate: Validate,
  { kind }: { readonly kind: string },
): ParsedFile<Shape> {
  if (source.problem) return refused(source.problem);
  const scan = scanJson(source.text);
  if (scan.tooDeepAt !== undefined) {
    const message = `objects and lists are nested more than ${MAX_DEPTH} levels deep`;
    return refused({ ...errorAt([], 'too-deep', message), at: scan.tooDeepAt });
  }
  let value: unknown;
  try {
    value = JSON.parse(source.text);
  } catch (error) {
    return refused({ ...errorAt([], 'bad-json', `not JSON: ${(error as Error).message}`), at: 'syntax' });
  }
  const duplicates: readonly Finding[] =
    countKeys(value) === scan.keys ? NOTHING : [{ ...errorAt([], 'duplicate-key', 'duplicate key'), at: 'duplicates' }];
  return validated(value, validate, { kind, findings: duplicates });
}

/** The same for a value that came from front matter or Markdown. */
export function validated<Shape>(
  value: unknown,
  validate: Validate,
  { kind, findings }: { readonly kind: string; readonly findings: readonly Finding[] },
): ParsedFile<Shape> {
  const references: FoundReference[] = [];
  if (validate.call(references, value)) return { value: value as Shape, findings, references };
  const violations = explainViolations(validate.errors ?? [], value, { kind });
  const wrong = new Set(violations.filter(({ severity }) => severity === 'error').map(({ path }) => path[0]));
  return { value: withoutKeys<Shape>(value, wrong), findings: [...findings, ...violations], references };
}

function refused<Shape>(finding: Finding): ParsedFile<Shape> {
  return { value: {}, findings: [finding], references: [] };
}

/** Keys that are unknown stay away as well: whoever reads the value may trust all of it. */
function withoutKeys<Shape>(value: unknown, wrong: ReadonlySet<unknown>): Partial<Shape> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const kept = Object.entries(value).filter(([key]) => key !== '__proto__' && !wrong.has(key));
  return Object.fromEntries(kept) as Partial<Shape>;
}
