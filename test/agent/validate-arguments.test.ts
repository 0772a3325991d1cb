import { expect, it } from 'vitest';
import { validateArguments } from '../../src/agent/validate-arguments.ts';
import type { Tool } from '../../src/domain/ports/tool.ts';

function toolOf(score: object): Tool {
  return {
    name: 'put',
    description: '',
    inputSchema: { type: 'object', properties: { score }, required: ['score'], additionalProperties: false },
    effect: () => ({ ok: false, reason: '' }),
    run: async () => ({ ok: true, text: '' }),
  };
}

it('tells of a field that may be null only what is wrong with its value', async () => {
  const tool = toolOf({ anyOf: [{ type: 'number', maximum: 100 }, { type: 'null' }] });
  expect(await validateArguments(tool, { score: null })).toBeUndefined();
  expect(await validateArguments(tool, { score: 500 })).toBe(
    'the arguments of "put" do not fit: "score" must be <= 100',
  );
});

it('tells that a field must be null when it can be nothing else', async () => {
  expect(await validateArguments(toolOf({ type: 'null' }), { score: 1 })).toBe(
    'the arguments of "put" do not fit: "score" must be null',
  );
});
