import { describe, expect, it } from 'vitest';
import { type Account, estimateTokens, MIN_OUTPUT_TOKENS, priceMissing, reserve } from '../../src/domain/budget.ts';
import type { Usage } from '../../src/domain/run.ts';
import { addSpend, NO_SPEND, type Spend } from '../../src/domain/usage.ts';

const perMillion = ({ inputTokens, outputTokens }: Usage) => (inputTokens * 1 + outputTokens * 10) / 1e6;
const unknown = () => null;

function spent(tokens: number, costUsd: number | null = 0): Spend {
  return { usage: { inputTokens: tokens, outputTokens: 0, totalTokens: tokens }, costUsd };
}

function account(change: Partial<Account> = {}): Account {
  return { spent: NO_SPEND, reserved: { tokens: 0, usd: 0 }, calls: 1, ...change };
}

const estimate = { inputTokens: 1000, maxOutputTokens: 4000 };

describe('reserve', () => {
  it('sets aside input and the longest answer when there is no cap', () => {
    expect(reserve({}, account(), estimate, perMillion)).toEqual({
      ok: true,
      maxOutputTokens: 4000,
      reservation: { tokens: 5000, usd: 0.041 },
    });
  });

  it('shortens the answer to what is left', () => {
    expect(reserve({ perRunTokens: 3000 }, account({ spent: spent(500) }), estimate, unknown)).toMatchObject({
      ok: true,
      maxOutputTokens: 1500,
    });
    expect(reserve({ perRunUsd: 0.021 }, account(), estimate, perMillion)).toMatchObject({ maxOutputTokens: 2000 });
  });

  it('refuses a call whose input alone is over what is left', () => {
    expect(reserve({ perRunTokens: 1400 }, account({ spent: spent(500) }), estimate, unknown)).toEqual({
      ok: false,
      message: 'the budget of this run is spent: its cap is 1400 tokens',
    });
    expect(reserve({ perRunUsd: 0.0005 }, account(), estimate, perMillion)).toMatchObject({
      message: 'the budget of this run is spent: its cap is 0.0005 US dollars',
    });
  });

  it('makes the first call of a run even when the estimate is over the cap, with a short answer', () => {
    expect(reserve({ perRunTokens: 600 }, account({ calls: 0 }), estimate, unknown)).toMatchObject({
      ok: true,
      maxOutputTokens: MIN_OUTPUT_TOKENS,
    });
  });

  it('counts what calls under way have set aside', () => {
    const reserved = { tokens: 3000, usd: 0 };
    expect(reserve({ perRunTokens: 3000 }, account({ reserved }), estimate, unknown).ok).toBe(false);
    expect(reserve({ perRunTokens: 9000 }, account({ reserved }), estimate, unknown).ok).toBe(true);
  });

  it('refuses everything once the cap is reached', () => {
    expect(reserve({ perRunTokens: 500 }, account({ spent: spent(500), calls: 0 }), estimate, unknown).ok).toBe(false);
    expect(reserve({ perRunUsd: 1 }, account({ spent: spent(0, 1), calls: 0 }), estimate, perMillion).ok).toBe(false);
  });
});

describe('priceMissing', () => {
  it('is true for a dollar cap on a model of unknown price, unless the file accepts that', () => {
    expect(priceMissing({ perRunUsd: 1 }, unknown)).toBe(true);
    expect(priceMissing({ perRunUsd: 1, priceUnknown: 'allow' }, unknown)).toBe(false);
    expect(priceMissing({ perRunTokens: 1 }, unknown)).toBe(false);
    expect(priceMissing({ perRunUsd: 1 }, perMillion)).toBe(false);
  });
});

describe('addSpend', () => {
  it('adds tokens and dollars', () => {
    expect(addSpend(spent(3, 0.5), spent(4, 0.25))).toEqual(spent(7, 0.75));
  });

  it('keeps an unknown cost unknown', () => {
    expect(addSpend(spent(3, null), spent(4, 1)).costUsd).toBeNull();
  });
});

it('estimates four characters a token', () => {
  expect(estimateTokens(9)).toBe(3);
});
