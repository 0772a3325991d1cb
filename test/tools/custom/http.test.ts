import { describe, expect, it } from 'vitest';
import { createTemplates } from '../../../src/bundle/index.ts';
import { type Automation, DEFAULT_LIMITS } from '../../../src/domain/automation.ts';
import type { Connection } from '../../../src/domain/connection.ts';
import type { HttpTool } from '../../../src/domain/custom-tool.ts';
import { call, endpoint, world } from '../../agent/session-world.ts';
import { stubServer } from '../../support/stub-server.ts';
import { httpTool, toolsOf } from './handlers.ts';

interface Given {
  readonly tool: Partial<HttpTool>;
  readonly input: unknown;
  readonly automation?: Partial<Automation>;
  readonly connection?: Partial<Connection>;
}

/** One session that calls the tool once; what arrived at the upstream is what counts. */
async function useOnce({ tool, input, automation, connection }: Given) {
  const upstream = await stubServer(() => ({ body: '{"state":"shipped"}' }));
  const made = httpTool(tool);
  const session = world({
    connections: [{ baseUrl: `${upstream.url}/v1`, ...connection }],
    bundle: { customTools: toolsOf(made) },
    automation,
    env: { READ_TOKEN: 'read-token-value-1', WRITE_TOKEN: 'write-token-value-2' },
    toolTemplates: await createTemplates(),
    script: [{ toolCalls: [call(made.name, input)] }, { text: 'done' }],
  });
  const { figures } = await session.run();
  return { upstream, figures, session, result: session.results()[0] };
}

const AUTH = {
  auth: { type: 'bearer', token: 'env:READ_TOKEN' },
  writeAuth: { type: 'bearer', token: 'env:WRITE_TOKEN' },
} as const;

describe('a tool of type http', () => {
  it('takes out what its file fills in, too: that counts for the limit of the run', async () => {
    const tool = {
      method: 'POST',
      endpoint: '/orders',
      body: { note: 'x'.repeat(3_000), id: '{{ input.id }}' },
    } as const;
    const ask = (maxBytesOut: number) =>
      useOnce({
        tool,
        input: { id: 'a' },
        connection: { endpoints: [endpoint('POST /orders', { intent: 'read' })] },
        automation: { limits: { ...DEFAULT_LIMITS, maxBytesOut } },
      });
    const refused = await ask(3_000);
    expect(refused.result?.value).toContain('"limits.maxBytesOut"');
    expect(refused.upstream.requests).toEqual([]);
    expect((await ask(4_000)).upstream.requests).toHaveLength(1);
  });

  it('sends its one request through the connection, with the arguments in their places', async () => {
    const { upstream, result } = await useOnce({
      tool: {
        params: { q: '{{ input.q }}', limit: '5', none: '{{ input.note }}' },
        headers: { accept: 'text/{{ input.q }}' },
      },
      input: { id: 'a b', q: 'x&y' },
      connection: AUTH,
    });
    expect(upstream.requests.map(({ method, url }) => [method, url])).toEqual([
      ['GET', '/v1/orders/a%20b?q=x%26y&limit=5'],
    ]);
    expect(upstream.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer read-token-value-1',
      accept: 'text/x&y',
    });
    expect(result).toMatchObject({ tool: 'order_status', isError: false, value: { state: 'shipped' } });
  });

  it.each(['..', '.', 'a/b', '%2e%2e', 'a%2fb', 'a?b=1#c', '', { a: 1 }, null])(
    'keeps a path argument inside its one segment: %j',
    async (id) => {
      const { upstream } = await useOnce({ tool: {}, input: { id } });
      for (const { url } of upstream.requests) {
        expect(url).toMatch(/^\/v1\/orders\/[^/?#]+$/);
        expect(new URL(url, upstream.url).pathname).toMatch(/^\/v1\/orders\/[^/]+$/);
      }
    },
  );

  it('is refused as a write in a read-only run, and nothing leaves', async () => {
    const { upstream, figures, session } = await useOnce({
      tool: { method: 'POST', body: { amount: '{{ input.amount }}' } },
      input: { id: '7', amount: 3 },
      connection: AUTH,
    });
    expect(upstream.requests).toEqual([]);
    expect(figures).toMatchObject({ refusals: 1, writesSent: 0 });
    expect(session.audit.map(({ action, details }) => [action, details.rule])).toEqual([['call.refused', 'read-only']]);
  });

  it('writes where the file names it, with arguments of their own types, the write credential and a key', async () => {
    const { upstream, session } = await useOnce({
      tool: {
        method: 'POST',
        body: { amount: '{{ input.amount }}', note: 'For {{ input.id }}', gone: '{{ input.q }}' },
      },
      input: { id: '7', amount: 3 },
      automation: { writeEnabled: true, writes: { operations: ['order_status'] } },
      connection: AUTH,
    });
    expect(upstream.requests.map(({ body }) => JSON.parse(body))).toEqual([{ amount: 3, note: 'For 7' }]);
    expect(upstream.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer write-token-value-2',
      'idempotency-key': 'run_1.1.1',
    });
    expect(session.writes.map(({ tool, outcome }) => [tool, outcome?.result])).toEqual([['order_status', 'applied']]);
  });

  it('is held by the access file like any other call: thresholds and "never"', async () => {
    const automation = { writeEnabled: true, writes: { operations: ['order_status'] } };
    const tool = { method: 'POST', body: { amount: '{{ input.amount }}' } };
    const thresholds = [{ field: 'body.amount', above: 100, escalate: 'never' as const }];
    const limited = { endpoints: [endpoint('POST /orders/{id}', { thresholds })] };
    const big = await useOnce({ tool, input: { id: '7', amount: 101 }, automation, connection: limited });
    expect(big.upstream.requests).toEqual([]);
    const small = await useOnce({ tool, input: { id: '7', amount: 99 }, automation, connection: limited });
    expect(small.upstream.requests).toHaveLength(1);
    const never = { endpoints: [endpoint('POST /orders/{id}', { confirm: 'never' })] };
    const closed = await useOnce({ tool, input: { id: '7', amount: 1 }, automation, connection: never });
    expect(closed.upstream.requests).toEqual([]);
  });

  it('takes no secret out, sets no header of authentication, and leaves out what names nothing', async () => {
    const secret = await useOnce({
      tool: { params: { q: '{{ input.q }}' } },
      input: { id: '7', q: 'read-token-value-1' },
    });
    expect(secret.upstream.requests).toEqual([]);
    const header = await useOnce({
      tool: { headers: { authorization: '{{ input.q }}', 'x-forwarded-for': '1' } },
      input: { id: '7', q: 'mine' },
    });
    expect(header.upstream.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(header.upstream.requests[0]?.headers).not.toHaveProperty('x-forwarded-for');
    const unfilled = await useOnce({ tool: { params: { q: 'about {{ input.q }}' } }, input: { id: '7' } });
    expect(unfilled.upstream.requests).toEqual([]);
    expect(unfilled.result?.value).toContain('there is no input.q');
  });

  it('renders nothing twice: a template in an argument is a text', async () => {
    const { upstream } = await useOnce({
      tool: { params: { q: 'see {{ input.q }}', raw: '{{ input.note }}' } },
      input: { id: '7', q: '{{ input.id }}', note: '{% for %}' },
    });
    expect(new URL(upstream.requests[0]?.url ?? '', upstream.url).searchParams.get('q')).toBe('see {{ input.id }}');
    expect(new URL(upstream.requests[0]?.url ?? '', upstream.url).searchParams.get('raw')).toBe('{% for %}');
  });

  it('is not there where the automation may not reach its connection', async () => {
    const { session, upstream } = await useOnce({ tool: {}, input: { id: '7' }, automation: { connections: [] } });
    expect(session.requests[0]?.tools.map(({ name }) => name)).not.toContain('order_status');
    expect(upstream.requests).toEqual([]);
  });
});
