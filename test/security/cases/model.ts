import { expect } from 'vitest';
import { call, tokens, world } from '../../agent/session-world.ts';
import { stubServer } from '../../support/stub-server.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

export const modelCases: AttackCase[] = [];
const attack = attacksInto(modelCases);

attack('MOD-09', 'an answer with hostile keys is only data', async () => {
  const text = '{"__proto__":{"x":1},"status":"success","automation":"other","truncated":false,"toString":1}';
  const { outcome } = await world({ script: [{ text }] }).run();
  expect(outcome).toMatchObject({ type: 'succeeded', result: text });
  expect({}).not.toHaveProperty('x');
});

attack('MOD-03', 'an answer that was cut is no success', async () => {
  for (const [finish, reason] of [
    ['length', 'output_limit'],
    ['content-filter', 'content_filter'],
    ['refusal', 'model_refusal'],
    ['error', 'model_error'],
    ['other', 'model_error'],
    ['tool-calls', 'model_error'],
  ] as const) {
    const { outcome } = await world({ script: [{ text: 'half an answer', finish }] }).run();
    expect(outcome).toMatchObject({ type: 'failed', reason });
  }
});

attack('MOD-05', 'an answer that nobody can see is none', async () => {
  for (const text of ['', '   \n', '\u200b', '\u2060\u00ad', '\u3164']) {
    const { outcome } = await world({ script: [{ text }] }).run();
    expect(outcome).toMatchObject({ type: 'failed', reason: 'empty_answer' });
  }
});

attack('MOD-07', 'a provider that never answers and ignores the signal ends with the time of the run', async () => {
  const session = world({ script: [() => new Promise(() => {})] });
  const ended = session.run();
  await expect.poll(() => session.requests.length).toBe(1);
  await session.clock.advance(601_000);
  expect((await ended).outcome).toMatchObject({ type: 'failed', reason: 'timeout', retryable: true });
});

attack('MOD-11', 'a run stops at its budget, with what it cost', async () => {
  const upstream = await stubServer();
  const turn = {
    toolCalls: [call('request', { connection: 'acme', method: 'GET', endpoint: '/x' })],
    usage: tokens(400_000, 100_000),
    costUsd: 10,
  };
  const session = world({
    connections: [{ baseUrl: upstream.url }],
    automation: { budget: { perRunUsd: 15, perRunTokens: 1_200_000 } },
    price: ({ totalTokens }) => totalTokens / 50_000,
    script: [turn, turn, turn, turn, { text: 'all there is' }],
  });
  const { outcome, figures } = await session.run();
  expect(outcome).toMatchObject({ type: 'failed', reason: 'budget' });
  expect(figures.costUsd).toBeGreaterThanOrEqual(10);
  expect(figures.costUsd).toBeLessThanOrEqual(30);
  expect(session.requests.at(-1)?.tools).toEqual([]);
  expect(upstream.requests.length).toBeLessThanOrEqual(2);
});
