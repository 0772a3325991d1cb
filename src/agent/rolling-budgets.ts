import type { Automation } from '../domain/automation.ts';
import type { Reserved } from '../domain/budget.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Spending } from '../domain/ports/spending.ts';
import { ROLLING_MS, totalSpent } from '../domain/spend.ts';

/** What one automation may still spend in its 30 days, shared by all its runs in this process. */
export interface RollingBudget {
  /** Asks `choose` with the dollars that are left; what it reserves is held until `release`. */
  reserve(choose: (leftUsd: number) => Reserved): Promise<Reserved>;
  /** The call's real cost is on record, or it cost nothing. */
  release(usd: number): void;
}

/** The 30-day budgets of a process, one for each automation that has a cap; undefined for the others. */
export function createRollingBudgets({
  database,
  clock,
}: {
  readonly database: Pick<Spending, 'listSpent'>;
  readonly clock: Clock;
}): (automation: Pick<Automation, 'name' | 'budget'>) => RollingBudget | undefined {
  const accounts = new Map<string, Account>();
  return ({ name, budget: { per30DaysUsd } }) => {
    if (per30DaysUsd === undefined) return undefined;
    const account = accounts.get(name) ?? { held: 0, last: Promise.resolve() };
    accounts.set(name, account);
    const leftUsd = async () => {
      // Read before the spend: a call that ends in between is counted twice for a moment, never left out.
      const { held } = account;
      const spent = totalSpent(await database.listSpent(name, clock.now() - ROLLING_MS));
      return per30DaysUsd - spent - held;
    };
    return {
      reserve: (choose) =>
        inTurn(account, async () => {
          const reserved = choose(await leftUsd());
          if (reserved.ok) account.held += reserved.reservation.usd;
          return reserved;
        }),
      release: (usd) => {
        account.held -= usd;
      },
    };
  };
}

interface Account {
  /** Dollars of calls that are under way. */
  held: number;
  last: Promise<unknown>;
}

/** One reservation of an automation after the other. */
function inTurn<T>(account: Account, work: () => Promise<T>): Promise<T> {
  const turn = account.last.then(work, work);
  account.last = turn;
  return turn;
}
