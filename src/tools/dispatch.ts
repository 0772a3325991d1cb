import type { SpawnRequest, Tool } from '../domain/ports/tool.ts';

/** Hands a part of the work to a sub-agent; several in one step run side by side. */
export function dispatchTool(): Tool {
  return {
    name: 'dispatch',
    isUntimed: true,
    description:
      'Give one self-contained task to a sub-agent with its own context. It has at most your rights and shares the budget of the run. Several in one step run in parallel.',
    inputSchema: {
      type: 'object',
      properties: {
        task: { type: 'string', minLength: 1, maxLength: 500, description: 'The task in one sentence.' },
        prompt: { type: 'string', minLength: 1, maxLength: 20_000, description: 'Everything it has to know.' },
        agent: { type: 'string', description: 'One of the agents that are listed; left out: a general worker.' },
        tools: { type: 'array', items: { type: 'string' }, description: 'Only these of your tools. Default: all.' },
      },
      required: ['task', 'prompt'],
      additionalProperties: false,
    },
    effect: () => ({ ok: true, call: { kind: 'local', tool: 'dispatch' } }),
    run: async (input, { spawn }) => {
      if (!spawn) return { ok: false, text: 'a sub-agent cannot dispatch sub-agents of its own', sent: false };
      return spawn(input as SpawnRequest);
    },
  };
}
