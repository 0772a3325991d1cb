import type { Automation, Target } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { Delivery } from '../domain/delivery.ts';

/** The fields that say where a target is, whatever else about it changes (secrets, headers, formats). */
const PLACE_FIELDS = ['url', 'name', 'channel', 'to', 'path'] as const;

export type ResolvedTarget =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly reason: string };

/**
 * The target of an outbox row as the active bundle has it now: nothing leaves to a place that no file names any more,
 * and a changed secret or header takes effect on rows that still wait.
 */
export function resolveTarget(bundle: Bundle, delivery: Delivery): ResolvedTarget {
  const automation = bundle.automations.get(delivery.automation);
  if (!automation) return { ok: false, reason: `automation "${delivery.automation}" is no longer in the bundle` };
  const candidates = targetsOf(automation, delivery.kind);
  const target =
    candidates.find((candidate) => sameAs(candidate, delivery.target)) ??
    candidates.find((candidate) => placeOf(candidate) === placeOf(delivery.target));
  if (target) return { ok: true, target };
  return { ok: false, reason: `its ${delivery.target.type} target is no longer in ${automation.file}` };
}

/** Names the receiver of a target, so that a slow one holds up only its own rows. */
export function placeOf({ type, options }: Target): string {
  return JSON.stringify([type, ...PLACE_FIELDS.map((field) => options[field] ?? null)]);
}

function targetsOf(automation: Automation, kind: Delivery['kind']): readonly Target[] {
  return kind === 'result' ? automation.delivery.targets : (automation.failureAlert?.targets ?? []);
}

function sameAs(one: Target, other: Target): boolean {
  return one.type === other.type && canonical(one.options) === canonical(other.options);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
