import type { Automation } from '../domain/automation.ts';
import type { Bundle } from '../domain/bundle.ts';
import type { Diagnostic } from '../domain/diagnostic.ts';

/** A warning for each automation whose runs would be `failed(blocked_config)` since dollars of no price cannot be capped. */
export async function checkPrices(bundle: Bundle, now: number): Promise<readonly Diagnostic[]> {
  const capped = [...bundle.automations.values()].filter(capsDollars);
  if (capped.length === 0) return [];
  const { describeModel, isPriceKnown } = await import('../models/index.ts');
  return capped
    .filter((automation) => !isPriceKnown(bundle, automation, now))
    .map((automation) => warningOf(automation, describeModel(bundle, automation).id));
}

function capsDollars({ budget, enabled }: Automation): boolean {
  const isCapped = budget.perRunUsd !== undefined || budget.per30DaysUsd !== undefined;
  return enabled && isCapped && budget.priceUnknown !== 'allow';
}

function warningOf({ file }: Automation, model: string): Diagnostic {
  const message = `budget: the price of ${model} is unknown, so a cap in US dollars cannot be held and no run will start: give the model a "price", or say "priceUnknown": "allow"`;
  return { severity: 'warning', code: 'price-unknown', message, file, line: 1, column: 1 };
}
