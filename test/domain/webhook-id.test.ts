import { describe, expect, it } from 'vitest';
import { validGenerations, webhookIdOf, webhookTokenOf } from '../../src/domain/webhook-id.ts';

const SECRET = 'instance-secret-0123456789';

describe('webhook ids', () => {
  it('hold 128 bits and are the same for ever', () => {
    expect(webhookIdOf(SECRET, 'digest', 1)).toMatch(/^auto_[0-9a-f]{32}$/);
    expect(webhookIdOf(SECRET, 'digest', 1)).toBe(webhookIdOf(SECRET, 'digest', 1));
    expect(webhookIdOf('instance', 'digest', 1)).toBe('auto_16a2a3195d6c9a67295b0280e3e9445f');
  });

  it('change with the name, the generation and the instance', () => {
    const ids = [
      webhookIdOf(SECRET, 'digest', 1),
      webhookIdOf(SECRET, 'digest', 2),
      webhookIdOf(SECRET, 'digest1', 1),
      webhookIdOf(`${SECRET}!`, 'digest', 1),
      webhookIdOf(SECRET, 'digest|1:2', 1),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('say nothing about the 256-bit token', () => {
    const token = webhookTokenOf(SECRET, 'digest', 1);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(token).not.toContain(webhookIdOf(SECRET, 'digest', 1).slice('auto_'.length));
  });
});

describe('generations of a webhook', () => {
  it('are the newest alone without a grace', () => {
    expect(validGenerations({ webhookGeneration: 3 }, 1000)).toEqual([3]);
  });

  it('hold the one before while its grace lasts', () => {
    const state = { webhookGeneration: 3, webhookGraceUntil: 1000 };
    expect(validGenerations(state, 999)).toEqual([3, 2]);
    expect(validGenerations(state, 1000)).toEqual([3]);
  });

  it('never go below the first', () => {
    expect(validGenerations({ webhookGeneration: 1, webhookGraceUntil: 1000 }, 1)).toEqual([1]);
  });
});
