import type { Automation } from '../domain/automation.ts';
import { rollingSpentMessage } from '../domain/budget.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Spending } from '../domain/ports/spending.ts';
import type { Outcome, Run } from '../domain/run.ts';
import { ROLLING_MS, totalSpent } from '../domain/spend.ts';

/** Why a run is not begun: its automation has spent what 30 days may cost. Undefined = it may begin. */
export async function spentBudget(
  { database, clock }: { readonly database: Pick<Spending, 'listSpent'>; readonly clock: Clock },
  { name, budget: { per30DaysUsd } }: Automation,
  { replayMode }: Run,
): Promise<Outcome | undefined> {
  if (per30DaysUsd === undefined || replayMode === 'offline') return undefined;
  const spent = totalSpent(await database.listSpent(name, clock.now() - ROLLING_MS));
  if (spent < per30DaysUsd) return undefined;
  return { type: 'skipped', reason: 'budget', error: rollingSpentMessage(per30DaysUsd) };
}
