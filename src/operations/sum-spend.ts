import type { Automation } from '../domain/automation.ts';
import { AmodalError } from '../domain/error.ts';
import { ROLLING_MS, type Spent, totalSpent } from '../domain/spend.ts';
import { isoTime } from './iso-time.ts';
import type { OperationsPorts } from './ports.ts';
import type { BudgetView, RecordOperations } from './record-operations.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 3_660;

/** What model calls came to, by automation, model or day, and where every 30-day budget stands. */
export function sumSpend({ database, bundles, clock }: OperationsPorts): RecordOperations['sumSpend'] {
  return async ({ by, days }) => {
    if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) {
      throw new AmodalError('bad_request', `Spend is summed up over 1 to ${MOST_DAYS} days, got ${days}.`);
    }
    const now = clock.now();
    const [since, until] = [now - days * DAY_MS, now + 1];
    const rows = await database.sumSpend({ by, since, until });
    const capped = [...bundles.active().automations.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const budgets = await Promise.all(
      capped.flatMap((automation) => {
        const cap = automation.budget.per30DaysUsd;
        return cap === undefined ? [] : [budgetOf(database, automation, { cap, now })];
      }),
    );
    return { by, since: isoTime(since), until: isoTime(now), rows, budgets };
  };
}

async function budgetOf(
  database: OperationsPorts['database'],
  { name }: Automation,
  { cap, now }: { readonly cap: number; readonly now: number },
): Promise<BudgetView> {
  const spent = await database.listSpent(name, now - ROLLING_MS);
  const spentUsd = totalSpent(spent);
  const runsAgainAt = spentUsd < cap ? null : againAt(spent, cap);
  return {
    automation: name,
    per30DaysUsd: cap,
    spentUsd,
    leftUsd: Math.max(0, cap - spentUsd),
    runsAgainAt: runsAgainAt === null ? null : isoTime(runsAgainAt),
  };
}

/** When what is left of the window, oldest spend first, is under the cap; null when it never is (a cap of 0). */
function againAt(spent: readonly Spent[], cap: number): number | null {
  let left = totalSpent(spent);
  for (const { at, usd } of spent) {
    left -= usd;
    if (left < cap) return at + ROLLING_MS;
  }
  return null;
}
