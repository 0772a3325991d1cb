import { describe, expect, it } from 'vitest';
import { checkOutcome, type ToolUse } from '../../src/agent/check-outcome.ts';
import type { SuccessContract } from '../../src/domain/automation.ts';
import { world } from './session-world.ts';

const read: ToolUse = { tool: 'request', ok: true, status: 200, text: '{"count":1200,"rate":0.50}' };
const failed: ToolUse = { tool: 'sql_query', ok: false, text: 'no' };

const outcomeOf = (contract: SuccessContract, text: string, uses: readonly ToolUse[] = [read, failed]) =>
  checkOutcome(contract, text, uses);

describe('the success contract', () => {
  it.each([
    [{ requires: [{ tool: 'request' }] }, 'ok'],
    [{ requires: [{ tool: 'request', status: '2xx' }] }, 'ok'],
    [{ requires: [{ tool: 'request', status: '200' }] }, 'ok'],
    [{ schema: { type: 'object', required: ['a'] } }, '{"a":1}'],
    [{ evidence: 'numbers-from-tools' }, 'There were 1,200, at a rate of 0.5.'],
  ] as const)('%j is met by %j', async (contract, text) => {
    expect(await outcomeOf(contract, text)).toMatchObject({ type: 'succeeded', result: text });
  });

  it.each([
    [{ requires: [{ tool: 'sql_query' }] }, 'ok', '"success.requires" is not met: no successful call of "sql_query"'],
    [{ requires: [{ tool: 'request', status: '201' }] }, 'ok', 'with status 201'],
    [{ schema: { type: 'object', required: ['a'] } }, '{"b":1}', "must have required property 'a'"],
    [{ schema: { type: 'object' } }, 'plain', 'the result is no JSON object'],
    [{ evidence: 'numbers-from-tools' }, 'There were 1,201.', '1201 occurs in no tool result'],
  ] as const)('%j is not met by %j', async (contract, text, error) => {
    expect(await outcomeOf(contract, text)).toMatchObject({
      type: 'failed',
      reason: 'outcome_unmet',
      retryable: false,
      error: expect.stringContaining(error),
      partial: text,
    });
  });

  it('lets an empty answer pass where the file says that it only needs no delivery', async () => {
    const script = [{ text: ' ' }];
    expect((await world({ script, automation: { success: { empty: 'suppress' } } }).run()).outcome).toEqual({
      type: 'succeeded',
      result: '',
      quiet: true,
    });
    expect((await world({ script, automation: { success: { empty: 'fail' } } }).run()).outcome).toMatchObject({
      reason: 'empty_answer',
    });
  });

  it('takes an answer that says nothing as empty, whatever it is written in', async () => {
    for (const text of ['{"alerts":[]}', '[]', '```json\n{"count": 0}\n```']) {
      const suppressed = world({ script: [{ text }], automation: { success: { empty: 'suppress' } } });
      expect((await suppressed.run()).outcome).toMatchObject({ type: 'succeeded', result: text, quiet: true });
      const failing = world({ script: [{ text }], automation: { success: { empty: 'fail' } } });
      expect((await failing.run()).outcome).toMatchObject({ reason: 'outcome_unmet', partial: text });
    }
    const spoken = world({ script: [{ text: '{"alerts":["disk"]}' }], automation: { success: { empty: 'suppress' } } });
    expect((await spoken.run()).outcome).not.toHaveProperty('quiet');
  });

  it('does not excuse an empty answer from the calls that had to be made', async () => {
    const success = { empty: 'suppress', requires: [{ tool: 'request' }] } as const;
    const { outcome } = await world({ script: [{ text: '{}' }], automation: { success } }).run();
    expect(outcome).toMatchObject({ reason: 'outcome_unmet', error: expect.stringContaining('"success.requires"') });
  });
});
