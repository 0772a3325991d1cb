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
  reserve(estimate: Estimate, price: Price): Reserved;
  /** The call is over: what it really cost takes the place of what was set aside. */
  settle(reservation: Reservation, spend: Spend): void;
  spent(): Spend;
}

export function createPurse(budget: Budget): Purse {
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
    reserve(estimate, price) {
      const result = reserve(budget, { spent, reserved, calls }, estimate, price);
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
