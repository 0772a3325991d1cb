import { describe, expect, it } from 'vitest';
import { createRollingBudgets } from '../../src/agent/rolling-budgets.ts';
import { openDatabase } from '../../src/db/index.ts';
import { reserve } from '../../src/domain/budget.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import { NO_SPEND } from '../../src/domain/usage.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { call, tokens, world } from './session-world.ts';

const DAY = 86_400_000;
const price = ({ totalTokens }: { readonly totalTokens: number }) => totalTokens / 1_000;

describe('the 30-day budget of an automation', () => {
  it('ends a run at the cap with one last turn without tools, and leaves a partial', async () => {
    const spendy = {
      text: 'found one thing',
      toolCalls: [call('knowledge_search', { query: 'x' })],
      usage: tokens(900, 100),
      costUsd: 1,
    };
    const session = world({
      script: [spendy, { text: 'not complete' }],
      automation: { budget: { per30DaysUsd: 1 } },
      bundle: { knowledge: [{ path: 'a', title: 'A', text: 'x' }] },
      price,
    });
    const { outcome } = await session.run();
    expect(outcome).toMatchObject({
      reason: 'budget',
      partial: 'not complete',
      error: 'the 30-day budget of this automation is spent: its cap is 1 US dollars ("budget.per30DaysUsd")',
    });
    expect(session.requests.at(-1)?.tools).toEqual([]);
  });

  it('limits an answer to what is left of it', async () => {
    const session = world({ script: [{ text: 'ok' }], automation: { budget: { per30DaysUsd: 3 } }, price });
    await session.run();
    expect(session.requests[0]?.maxOutputTokens).toBeLessThan(3_000);
    const free = world({ script: [{ text: 'ok' }], price });
    await free.run();
    expect(free.requests[0]?.maxOutputTokens).toBe(8_192);
  });

  it('is held for all runs at once: what is under way is set aside before anybody else asks', async () => {
    const clock = new FakeClock();
    const database = await openDatabase({ stateDir: tempDir(), faults: NO_FAULTS, newId: (prefix) => `${prefix}_1` });
    const rolling = createRollingBudgets({ database, clock })({ name: 'digest', budget: { per30DaysUsd: 1 } });
    const ask = () =>
      rolling?.reserve((rollingUsd) =>
        reserve(
          { per30DaysUsd: 1 },
          { spent: NO_SPEND, reserved: { tokens: 0, usd: 0 }, calls: 1, rollingUsd },
          { inputTokens: 100, maxOutputTokens: 300 },
          price,
        ),
      );
    const asked = await Promise.all(Array.from({ length: 20 }, ask));
    const granted = asked.flatMap((one) => (one?.ok ? [one.reservation.usd] : []));
    expect(granted.reduce((sum, usd) => sum + usd, 0)).toBeLessThanOrEqual(1 + 0.256);
    expect(granted.length).toBeLessThan(5);
    for (const usd of granted) rolling?.release(usd);
    expect(await ask()).toMatchObject({ ok: true });
  });

  it('counts what other runs of the automation spent in its window, and forgets it after 30 days', async () => {
    const first = world({ script: [{ text: 'ok', costUsd: 4.9 }], automation: { budget: { per30DaysUsd: 5 } }, price });
    await first.run();
    const database = await first.database;
    const next = () =>
      world({ script: [{ text: 'ok' }], automation: { budget: { per30DaysUsd: 5 } }, price, database });
    const soon = next();
    await soon.run();
    expect(soon.requests[0]?.maxOutputTokens).toBeLessThanOrEqual(256);
    const later = next();
    await later.clock.advance(31 * DAY);
    await later.run();
    expect(later.requests[0]?.maxOutputTokens).toBeGreaterThan(256);
  });

  it('needs a known price, unless the file says that it may be unknown; tokens count all the same', async () => {
    const unknown = { script: [{ text: 'ok', usage: tokens(600, 10), costUsd: null }], price: () => null };
    const refused = world({ ...unknown, automation: { budget: { per30DaysUsd: 1 } } });
    expect((await refused.run()).outcome).toMatchObject({
      reason: 'blocked_config',
      error: expect.stringContaining('"priceUnknown": "allow"'),
    });
    expect(refused.requests).toEqual([]);
    const allowed = world({
      ...unknown,
      automation: { budget: { per30DaysUsd: 1, perRunTokens: 500, priceUnknown: 'allow' } },
    });
    const { outcome, figures } = await allowed.run();
    expect(outcome).toMatchObject({ type: 'succeeded' });
    expect(figures).toMatchObject({ costUsd: null, usage: { totalTokens: 610 } });
  });
});

describe('the budget of a run', () => {
  it('is one for all its attempts', async () => {
    const session = world({
      script: [{ text: 'ok' }],
      automation: { budget: { perRunTokens: 500 } },
      earlier: { usage: tokens(400, 100), costUsd: 1 },
    });
    const { outcome, figures } = await session.run();
    expect(outcome).toMatchObject({ reason: 'budget' });
    expect(figures.usage.totalTokens).toBe(15);
  });
});
