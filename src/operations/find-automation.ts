import type { Automation } from '../domain/automation.ts';
import type { BrokenAutomation, Bundle } from '../domain/bundle.ts';
import { formatDiagnostic } from '../domain/diagnostic.ts';
import { didYouMean } from '../domain/did-you-mean.ts';
import { AmodalError } from '../domain/error.ts';

/** Every name that the bundle knows, broken files included, in alphabetical order. */
export function automationNames(bundle: Bundle): readonly string[] {
  return [...new Set([...bundle.automations.keys(), ...bundle.broken.keys()])].sort();
}

/** Throws `not_found` with the nearest name when neither a whole nor a broken file has it. */
export function requireKnown(bundle: Bundle, name: string): void {
  if (bundle.automations.has(name) || bundle.broken.has(name)) return;
  const hint = didYouMean(name, automationNames(bundle));
  throw new AmodalError('not_found', `No automation is named "${name}"${hint || '.'}`);
}

/** The automation in force; throws `not_found`, or `bundle_broken` with the first finding. */
export function requireAutomation(bundle: Bundle, name: string): Automation {
  requireKnown(bundle, name);
  const automation = bundle.automations.get(name);
  if (automation) return automation;
  throw new AmodalError('bundle_broken', `"${name}" cannot run: ${firstFinding(bundle.broken.get(name))}`);
}

/** The first error of a broken file, with its position. */
export function firstFinding(broken: BrokenAutomation | undefined): string {
  const first = broken?.diagnostics.find(({ severity }) => severity === 'error') ?? broken?.diagnostics[0];
  return first ? formatDiagnostic(first) : 'its file is broken; run `amodal validate`.';
}
