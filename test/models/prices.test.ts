import { describe, expect, it } from 'vitest';
import type { ModelSettings } from '../../src/domain/automation.ts';
import { KEYED_DEFAULTS } from '../../src/models/index.ts';
import { anthropicStub, responsesStub } from '../support/model-stubs.ts';
import { answerOf, modelOf } from './given.ts';

const KEYS = { ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k', GOOGLE_API_KEY: 'k' };
const MILLION = { inputTokens: 1000, outputTokens: 1000, totalTokens: 2000 };

const price = (settings: ModelSettings, usage = MILLION) => modelOf({ variables: KEYS }, settings).price(usage);

describe('the price of a step', () => {
  it.each(KEYED_DEFAULTS.flatMap(({ main, simple }) => [main, simple]))(
    'is known for the default $model',
    (settings) => {
      expect(price(settings)).toBeGreaterThan(0);
    },
  );

  it('comes from the table by provider and model', () => {
    const settings: ModelSettings = { provider: 'openai', model: 'gpt-4o-mini' };
    const once = price(settings);
    expect(once).toBeCloseTo((1000 * 0.15 + 1000 * 0.6) / 1_000_000, 9);
  });

  it('is what the file says, before any table', () => {
    expect(price({ provider: 'openai', model: 'gpt-4o-mini', price: { input: 3, output: 5 } })).toBeCloseTo(0.008, 9);
    expect(
      price({
        provider: 'openai-compatible',
        model: 'x',
        baseUrl: 'http://127.0.0.1:1',
        price: { input: 0, output: 0 },
      }),
    ).toBe(0);
  });

  it.each<ModelSettings>([
    { provider: 'openai', model: 'no-such-model' },
    { provider: 'openai', model: 'constructor' },
    { provider: 'openai-compatible', model: 'gpt-4o-mini', baseUrl: 'http://127.0.0.1:11434/v1' },
    { provider: 'openai-compatible', model: 'gpt-4o-mini', baseUrl: 'https://models.example.com/v1' },
    { provider: 'openai-compatible', model: 'gpt-4o-mini' },
  ])('of $provider $model is unknown, never nothing', (settings) => {
    expect(price(settings)).toBeNull();
  });

  it('finds a gateway by its address', () => {
    const settings: ModelSettings = {
      provider: 'openai-compatible',
      model: 'openai/gpt-4o-mini',
      baseUrl: 'https://openrouter.ai/api/v1',
    };
    expect(price(settings)).toBeGreaterThan(0);
  });

  it('counts cached input at its own rate', async () => {
    const full = await anthropicStub([{ text: 'Hi.', usage: { input: 10_000, output: 0 } }]);
    const cached = await anthropicStub([{ text: 'Hi.', usage: { input: 10_000, output: 0, cached: 9000 } }]);
    const costs = await Promise.all(
      [full, cached].map(({ baseUrl }) =>
        answerOf(modelOf({ variables: KEYS }, { provider: 'anthropic', model: 'claude-sonnet-4-6', baseUrl })),
      ),
    );
    expect(costs.map(({ usage }) => usage.inputTokens)).toEqual([10_000, 10_000]);
    expect(costs[0]?.costUsd).toBeCloseTo(0.03, 6);
    expect(costs[1]?.costUsd).toBeCloseTo(0.003 + 0.0027, 6);
  });

  it('is unknown when the provider contradicts itself', async () => {
    const stub = await responsesStub([{ text: 'Hi.', usage: { input: 5, output: 1, cached: 50 } }]);
    const settings: ModelSettings = { provider: 'openai', model: 'gpt-4o-mini', baseUrl: stub.baseUrl };
    expect((await answerOf(modelOf({ variables: KEYS }, settings))).costUsd).toBeNull();
  });
});
