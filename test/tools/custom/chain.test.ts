import { describe, expect, it } from 'vitest';
import { createTemplates } from '../../../src/bundle/index.ts';
import type { Automation } from '../../../src/domain/automation.ts';
import { type ChainStep, type CustomTool, withChainSteps } from '../../../src/domain/custom-tool.ts';
import { call, type WorldOptions, world } from '../../agent/session-world.ts';
import { stubServer } from '../../support/stub-server.ts';
import { chainTool, httpTool, toolsOf } from './handlers.ts';

const request = (name: string, method: string, endpoint: string, more: object = {}): ChainStep => ({
  name,
  tool: 'request',
  input: { connection: 'acme', method, endpoint, ...more },
});

interface Given extends Partial<WorldOptions> {
  readonly steps: readonly ChainStep[];
  readonly result?: unknown;
  readonly others?: readonly CustomTool[];
  readonly automation?: Partial<Automation>;
}

async function useChain({ steps, result, others = [], ...options }: Given) {
  const upstream = await stubServer(({ method, url }) => ({
    status: url.includes('missing') ? 404 : 200,
    body: JSON.stringify({ order: { id: 7, total: 12.5 }, method, secret: 'api-token-value-1' }),
  }));
  const chain = chainTool({ steps, ...(result === undefined ? {} : { result }) });
  const session = world({
    connections: [{ baseUrl: upstream.url }],
    bundle: { customTools: toolsOf(chain, ...others) },
    toolTemplates: await createTemplates(),
    script: [{ toolCalls: [call('refund', { id: '7' })] }, { text: 'done' }],
    ...options,
  });
  const { figures } = await session.run();
  const sent = () => upstream.requests.map(({ method, url, body }) => `${method} ${url} ${body}`.trim());
  return { session, figures, sent, upstream, result: session.results()[0] };
}

describe('a tool of type chain', () => {
  it('takes its steps in order, each with what those before it have answered', async () => {
    const { sent, result, session } = await useChain({
      steps: [
        request('order', 'GET', '/orders/{{ input.id }}'),
        request('lines', 'GET', '/lines', { params: { order: '{{ steps.order.order.id }}' } }),
      ],
      result: { total: '{{ steps.order.order.total }}', said: 'order {{ steps.order.order.id }}' },
    });
    expect(sent()).toEqual(['GET /orders/7', 'GET /lines?order=7']);
    expect(result).toMatchObject({ tool: 'refund', isError: false, value: { total: 12.5, said: 'order 7' } });
    const lines = session.transcript.filter(({ type }) => type === 'tool.call' || type === 'tool.result');
    expect(lines.map(({ type, content }) => [type, content.call, content.tool])).toEqual([
      ['tool.call', '1.1', 'refund'],
      ['tool.call', '1.1.order', 'request'],
      ['tool.result', '1.1.order', 'request'],
      ['tool.call', '1.1.lines', 'request'],
      ['tool.result', '1.1.lines', 'request'],
      ['tool.result', '1.1', 'refund'],
    ]);
  });

  it('answers what its last step answered, redacted, when it names no result', async () => {
    const { result } = await useChain({
      steps: [request('order', 'GET', '/orders/7')],
      env: { TOKEN: 'api-token-value-1' },
    });
    expect(result?.value).toMatchObject({ method: 'GET', secret: '[redacted:TOKEN]' });
  });

  it('has each step judged: in a read-only run a write step is refused, and what follows is not done', async () => {
    const { sent, result, figures, session } = await useChain({
      steps: [
        request('order', 'GET', '/orders/7'),
        request('pay', 'POST', '/refunds', { data: { id: 7 } }),
        request('after', 'GET', '/after'),
      ],
    });
    expect(sent()).toEqual(['GET /orders/7']);
    expect(result).toMatchObject({ isError: true });
    expect(result?.value).toContain('the chain ended at "pay": Refused by the runtime');
    expect(figures).toMatchObject({ refusals: 1, writesSent: 0 });
    expect(session.audit.map(({ details }) => details.rule)).toEqual(['read-only']);
  });

  it('needs the steps to be named to write, not the chain', async () => {
    const steps = [request('pay', 'POST', '/refunds', { data: { id: '{{ input.id }}' } })];
    const chainOnly = await useChain({ steps, automation: { writeEnabled: true, writes: { operations: ['refund'] } } });
    expect(chainOnly.sent()).toEqual([]);
    const named = await useChain({
      steps,
      automation: { writeEnabled: true, writes: { operations: ['acme:POST /refunds'] } },
    });
    expect(named.sent()).toEqual(['POST /refunds {"id":"7"}']);
    expect(named.session.writes.map(({ call: key, tool }) => [key, tool])).toEqual([['1.1.pay', 'request']]);
  });

  it('counts each write of its steps against the limit of the run', async () => {
    const { sent } = await useChain({
      steps: [
        request('one', 'POST', '/a', { data: {} }),
        request('two', 'POST', '/b', { data: {} }),
        request('three', 'POST', '/c', { data: {} }),
      ],
      automation: {
        writeEnabled: true,
        writes: { maxPerRun: 2, operations: ['acme:POST /a', 'acme:POST /b', 'acme:POST /c'] },
      },
    });
    expect(sent().map((line) => line.split(' ')[1])).toEqual(['/a', '/b']);
  });

  it('ends at the first step that fails', async () => {
    const { sent, result } = await useChain({
      steps: [request('order', 'GET', '/missing'), request('after', 'GET', '/after')],
    });
    expect(sent()).toEqual(['GET /missing']);
    expect(result).toMatchObject({ isError: true });
  });

  it('lets a run use in its steps what it may not call by itself, and nothing beyond its connections', async () => {
    const others = [httpTool({ name: 'look' })];
    const steps = [{ name: 'look', tool: 'look', input: { id: '{{ input.id }}' } }];
    const listed = await useChain({ steps, others, automation: { tools: ['refund'] } });
    expect(listed.sent()).toEqual(['GET /orders/7']);
    expect(listed.session.requests[0]?.tools.map(({ name }) => name)).toEqual(['refund']);
    const closed = await useChain({ steps, others, automation: { tools: ['refund'], connections: [] } });
    expect(closed.sent()).toEqual([]);
  });

  it('does not take what an upstream answered for a template', async () => {
    const upstream = await stubServer(({ url }) => ({ body: url === '/first' ? '{"name":"{{ input.id }}"}' : '{}' }));
    const steps = [
      request('first', 'GET', '/first'),
      request('second', 'GET', '/second', { params: { q: 'x {{ steps.first.name }}' } }),
    ];
    await useChain({ steps, connections: [{ baseUrl: upstream.url }] });
    expect(decodeURIComponent(upstream.requests[1]?.url ?? '')).toBe('/second?q=x+{{+input.id+}}');
  });

  it('refuses arguments that its steps cannot take, without a request', async () => {
    const { sent, result } = await useChain({
      steps: [{ name: 'order', tool: 'request', input: { connection: 'acme' } }],
    });
    expect(sent()).toEqual([]);
    expect(result?.value).toContain('do not fit');
  });

  it('ends with the run: no step is taken after a cancel', async () => {
    const made: { stop: () => void } = { stop: () => {} };
    const upstream = await stubServer(() => {
      made.stop();
      return { body: '{}' };
    });
    const session = world({
      connections: [{ baseUrl: upstream.url }],
      bundle: {
        customTools: toolsOf(chainTool({ steps: [request('one', 'GET', '/1'), request('two', 'GET', '/2')] })),
      },
      script: [{ toolCalls: [call('refund', {})] }, { text: 'done' }],
    });
    made.stop = () => session.stop('cancelled');
    expect((await session.run()).outcome).toEqual({ type: 'cancelled' });
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/1']);
  });
});

describe('the tools of a list', () => {
  it('come with those that its chains call', () => {
    const steps = [{ name: 'a', tool: 'files_read', input: {} }];
    expect(withChainSteps(toolsOf(chainTool({ steps })), ['refund', 'request'])).toEqual([
      'refund',
      'files_read',
      'request',
    ]);
    expect(withChainSteps(toolsOf(chainTool({ steps })), undefined)).toBeUndefined();
  });
});
