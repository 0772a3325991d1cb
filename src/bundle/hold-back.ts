import type { Automation } from '../domain/automation.ts';
import type { BrokenAutomation } from '../domain/bundle.ts';
import type { Diagnostic } from '../domain/diagnostic.ts';
import type { Finding } from './finding.ts';

/** What `amodal.json` holds every run to: without one of these a run would be allowed more than Git says. */
const GUARDS: ReadonlySet<unknown> = new Set(['models', 'budget', 'limits', 'memory', 'recordTraffic', 'webhookRuns']);

/** Whether errors took out of `amodal.json` what it holds runs to; `findings` are those of its shape. */
export function losesGuards(findings: readonly Finding[]): boolean {
  return findings.some(({ severity, path }) => severity === 'error' && (path.length === 0 || GUARDS.has(path[0])));
}

/** Automations that would run without those guards are broken, for the reasons that stand in `diagnostics`. */
export function heldBack(
  automations: ReadonlyMap<string, Automation>,
  diagnostics: readonly Diagnostic[],
): ReadonlyMap<string, BrokenAutomation> {
  return new Map([...automations].map(([name, { file }]) => [name, { name, file, diagnostics }]));
}
