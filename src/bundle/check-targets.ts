import { didYouMean } from '../domain/did-you-mean.ts';
import { AmodalError } from '../domain/error.ts';
import { checkTemplatesIn } from './check-template.ts';
import { quote } from './describe-value.ts';
import { dotted, errorAt, type Finding, type Path } from './finding.ts';
import type { LazyParts } from './lazy-parts.ts';
import type { LoadContext } from './load-context.ts';

interface TargetChecks {
  readonly path: Path;
  readonly context: Pick<LoadContext, 'deliveryTypes' | 'secrets'>;
  readonly parts: LazyParts;
  /** What is known already: a target with an unset variable is not checked further. */
  readonly found: readonly Finding[];
}

/** Targets of a type that nobody has, and what their own type says of them. */
export function checkTargets(
  targets: readonly { readonly type: string }[] | undefined,
  { path, context, parts, found }: TargetChecks,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [index, target] of (targets ?? []).entries()) {
    const known = context.deliveryTypes.get(target.type);
    if (!known) {
      const hint = didYouMean(target.type, context.deliveryTypes.keys());
      const message = `${quote(target.type)} is no type of target${hint}`;
      findings.push(errorAt([...path, index, 'type'], 'unknown-target', message));
      continue;
    }
    if (parts.templates && 'body' in target) {
      findings.push(...checkTemplatesIn([...path, index, 'body'], target.body, parts.templates));
    }
    if (found.length > 0 && hasFinding(found, [...path, index])) continue;
    const { type: _, ...options } = target;
    for (const sentence of sentencesOf(() => known.check(options, context.secrets))) {
      findings.push(errorAt([...path, index], 'bad-target', sentence));
    }
  }
  return findings;
}

/** What a check of another room says; a reference that cannot be resolved is one more sentence. */
export function sentencesOf(check: () => readonly string[]): readonly string[] {
  try {
    return check();
  } catch (error) {
    if (error instanceof AmodalError) return [error.message];
    throw error;
  }
}

/** True when an error at or below the path is known. */
export function hasFinding(findings: readonly Finding[], path: Path): boolean {
  const start = dotted(path);
  return findings.some(({ severity, path: found }) => {
    const place = dotted(found);
    return severity === 'error' && (place === start || place.startsWith(`${start}.`) || place.startsWith(`${start}[`));
  });
}
