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
  return (targets ?? []).flatMap((target, index) => {
    const here = [...path, index];
    const known = context.deliveryTypes.get(target.type);
    if (!known) {
      const hint = didYouMean(target.type, context.deliveryTypes.keys());
      return [errorAt([...here, 'type'], 'unknown-target', `${quote(target.type)} is no type of target${hint}`)];
    }
    const body = 'body' in target ? target.body : undefined;
    const wrongBody = parts.templates ? checkTemplatesIn([...here, 'body'], body, parts.templates) : [];
    if (hasFinding(found, here)) return wrongBody;
    const { type: _, ...options } = target;
    const sentences = sentencesOf(() => known.check(options, context.secrets));
    return [...wrongBody, ...sentences.map((sentence) => errorAt(here, 'bad-target', sentence))];
  });
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
