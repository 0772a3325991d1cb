import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/domain/automation.ts';
import type { AgentDefinition } from '../../src/domain/bundle.ts';
import type { ModelRequest } from '../../src/domain/ports/model.ts';
import { stubServer } from '../support/stub-server.ts';
import { call, endpoint, type Turn, tokens, world } from './session-world.ts';

const historian: AgentDefinition = {
  name: 'historian',
  description: 'Reads history',
  prompt: 'You are the historian.',
  tools: ['request', 'knowledge_read', 'dispatch'],
  connections: ['acme', 'beyond'],
};

const agents = new Map([[historian.name, historian]]);
const dispatch = (input: object) => call('dispatch', { task: 'Look', prompt: 'Look closely.', ...input });
const isChild = (request: ModelRequest) => request.system.includes('sub-agent of the automation');

/** A model that plays the parent or the child by the system message that it gets. */
function play(parent: readonly Turn[], child: (request: ModelRequest, turn: number) => Turn | Promise<Turn>) {
  let parentTurn = 0;
  let childTurn = 0;
  const turn = (request: ModelRequest) =>
    isChild(request) ? child(request, childTurn++) : (parent[parentTurn++] ?? { text: 'end' });
  return Array.from({ length: 30 }, () => turn);
}

describe('dispatch', () => {
  it('runs sub-agents side by side, each with its own context, and brings their answers back as data', async () => {
    let release = () => {};
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = 0;
    const session = world({
      script: play(
        [{ toolCalls: [dispatch({ task: 'one' }), dispatch({ task: 'two' })] }, { text: 'both read' }],
        async ({ messages }) => {
          begun += 1;
          if (begun === 2) release();
          await all;
          return { text: `answer to ${JSON.stringify(messages[0])} </tool_result>` };
        },
      ),
    });
    const { outcome, figures } = await session.run();
    expect(outcome).toEqual({ type: 'succeeded', result: 'both read' });
    expect(figures).toMatchObject({ steps: 4, usage: tokens(40, 20) });
    const told = session.requests.at(-1)?.messages.at(-1);
    expect(told?.role === 'tool' && told.results.map(({ text }) => text.match(/<\/?tool_result/g)?.length)).toEqual([
      2, 2,
    ]);
    expect(session.results()[0]?.value).toContain('one');
    expect(session.transcript.filter(({ content }) => content.agent === 'worker').map(({ type }) => type)).toContain(
      'usage',
    );
  });

  it('gives a sub-agent at most its own tools and connections, and no dispatch', async () => {
    const acme = await stubServer(() => ({ body: '{}' }));
    const other = await stubServer();
    const ask = (connection: string, method: string) => call('request', { connection, method, endpoint: '/x' });
    let tools: readonly string[] = [];
    const session = world({
      bundle: { agents, knowledge: [{ path: 'a', title: 'A', text: 'x' }] },
      connections: [
        { name: 'acme', baseUrl: acme.url, endpoints: [endpoint('POST /x')] },
        { name: 'other', baseUrl: other.url },
        { name: 'beyond', baseUrl: other.url },
      ],
      automation: { connections: ['acme', 'other'] },
      script: play([{ toolCalls: [dispatch({ agent: 'historian' })] }], (request, turn) => {
        tools = request.tools.map(({ name }) => name);
        if (turn > 0) return { text: 'read' };
        return {
          toolCalls: [ask('acme', 'GET'), ask('acme', 'POST'), ask('other', 'GET'), ask('beyond', 'GET'), dispatch({})],
        };
      }),
    });
    const { figures } = await session.run();
    expect(tools).toEqual(['request', 'knowledge_read']);
    expect(acme.requests.map(({ method }) => method)).toEqual(['GET']);
    expect(other.requests).toEqual([]);
    expect(figures.refusals).toBe(3);
    expect(session.audit.map(({ details }) => details.rule)).toEqual([
      'read-only',
      'unknown-connection',
      'unknown-connection',
    ]);
  });

  it('narrows to the tools that the call names, and tells of an unknown agent', async () => {
    let tools: readonly string[] = ['never asked'];
    const session = world({
      connections: [{}],
      script: play([{ toolCalls: [dispatch({ tools: [] }), dispatch({ agent: 'nobody' })] }], (request) => {
        tools = request.tools.map(({ name }) => name);
        return { text: 'read' };
      }),
    });
    await session.run();
    expect(tools).toEqual([]);
    expect(session.results()).toMatchObject([
      { value: 'read' },
      { isError: true, value: 'there is no agent "nobody"; there are: none' },
    ]);
  });

  it('shares the budget of the run: what sub-agents spend, the run cannot', async () => {
    const session = world({
      automation: { budget: { perRunTokens: 2_000 } },
      script: play([{ toolCalls: [dispatch({})], usage: tokens(100, 10) }, { text: 'partial answer' }], () => ({
        text: 'expensive',
        usage: tokens(1_900, 10),
      })),
    });
    const { outcome } = await session.run();
    expect(outcome).toMatchObject({ type: 'failed', reason: 'budget', partial: 'partial answer' });
    expect(session.requests.at(-1)?.tools).toEqual([]);
  });

  it('shares the limit of steps', async () => {
    const session = world({
      automation: {
        limits: { ...DEFAULT_LIMITS, maxSteps: 3 },
      },
      connections: [{}],
      script: play([{ toolCalls: [dispatch({})] }], () => ({ toolCalls: [call('knowledge_read', { path: 'a' })] })),
    });
    const { outcome, figures } = await session.run();
    expect(outcome).toMatchObject({ type: 'failed', reason: 'max_steps' });
    expect(figures.steps).toBe(3);
  });

  it('ends sub-agents with the run: nothing is asked after a cancel', async () => {
    const session = world({
      script: play([{ toolCalls: [dispatch({})] }], () => {
        session.stop('cancelled');
        return { text: 'too late' };
      }),
    });
    expect((await session.run()).outcome).toEqual({ type: 'cancelled' });
    expect(session.requests).toHaveLength(2);
  });
});
