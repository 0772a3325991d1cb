import type { Budget } from '../domain/automation.ts';
import {
  type Estimate,
  NO_RESERVATION,
  type Price,
  type Reservation,
  type Reserved,
  reserve,
} from '../domain/budget.ts';
import { addSpend, NO_SPEND, type Spend } from '../domain/usage.ts';

/** The money of one run, shared with its sub-agents: every model call sets aside before it is made. */
export interface Purse {
  /** `rollingUsd` is what is left of the automation's 30 days. */
  reserve(estimate: Estimate, price: Price, rollingUsd?: number): Reserved;
  /** The call is over: what it really cost takes the place of what was set aside. */
  settle(reservation: Reservation, spend: Spend): void;
  /** Of this attempt alone. */
  spent(): Spend;
}

/** `earlier` is what attempts before this one have cost: the budget is for all of them. */
export function createPurse(budget: Budget, earlier: Spend = NO_SPEND): Purse {
  let spent = NO_SPEND;
  let reserved = NO_RESERVATION;
  let calls = 0;
  const setAside = (reservation: Reservation, sign: 1 | -1) => {
    reserved = {
      tokens: reserved.tokens + sign * reservation.tokens,
      usd: reserved.usd + sign * reservation.usd,
    };
  };
  return {
    reserve(estimate, price, rollingUsd) {
      const account = { spent: addSpend(earlier, spent), reserved, calls, rollingUsd };
      const result = reserve(budget, account, estimate, price);
      if (result.ok) setAside(result.reservation, 1);
      return result;
    },
    settle(reservation, spend) {
      setAside(reservation, -1);
      spent = addSpend(spent, spend);
      calls += 1;
    },
    spent: () => spent,
  };
}
