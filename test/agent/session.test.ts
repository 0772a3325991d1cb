import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/domain/automation.ts';
import { stubServer } from '../support/stub-server.ts';
import { call, endpoint, type Turn, tokens, world } from './session-world.ts';

const request = (method: string, path: string, rest: object = {}) =>
  call('request', { connection: 'acme', method, endpoint: path, ...rest });

function step(...toolCalls: ReturnType<typeof call>[]): Turn {
  return { text: 'working', toolCalls };
}

const done: Turn = { text: 'all done' };

describe('a session', () => {
  it('ends with the final text, figures and a record of everything', async () => {
    const stub = await stubServer(() => ({ body: '{"items":[1,2]}' }));
    const session = world({
      script: [step(request('GET', '/items', { params: { q: 'a b' } })), done],
      connections: [{ baseUrl: `${stub.url}/v2` }],
    });
    expect(await session.run()).toEqual({
      outcome: { type: 'succeeded', result: 'all done' },
      figures: { usage: tokens(20, 10), costUsd: 0, steps: 2, toolCalls: 1, refusals: 0, writesSent: 0 },
    });
    expect(stub.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /v2/items?q=a+b']);
    expect(session.results()).toEqual([{ tool: 'request', isError: false, value: { items: [1, 2] } }]);
    expect(session.transcript.map(({ type }) => type)).toEqual([
      'prompt',
      'agent.message',
      'usage',
      'tool.call',
      'tool.result',
      'agent.message',
      'usage',
    ]);
    expect(session.faults).toEqual(['prompt', 'tool.before-send', 'tool.after-send']);
  });

  it('recognises a JSON object in the last message, bare or in one fenced block', async () => {
    const text = '```json\n{"__proto__":{"x":1},"status":"success"}\n```';
    const { outcome } = await world({ script: [{ text }] }).run();
    expect(outcome).toMatchObject({ type: 'succeeded', result: text });
    expect(JSON.stringify(outcome.type === 'succeeded' && outcome.data)).toBe(
      '{"__proto__":{"x":1},"status":"success"}',
    );
    expect({}).not.toHaveProperty('x');
  });

  it('runs the calls of one step in parallel and answers each call once, in order', async () => {
    let waiting = 0;
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    const stub = await stubServer(async ({ url }) => {
      waiting += 1;
      if (waiting === 2) release();
      await both;
      return { body: url };
    });
    const session = world({
      script: [step(request('GET', '/a'), request('GET', '/b')), done],
      connections: [{ baseUrl: stub.url }],
    });
    expect((await session.run()).outcome.type).toBe('succeeded');
    expect(session.results().map(({ value }) => value)).toEqual(['/a', '/b']);
  });

  it('tells the model of arguments that do not fit, unknown tools and broken JSON, and goes on', async () => {
    const session = world({
      script: [
        step(
          call('request', { connection: 'acme', method: 'GET', url: '/x' }),
          call('shell', { command: 'id' }),
          call('__proto__', {}),
          call('request', '{"connection": '),
        ),
        done,
      ],
      connections: [{}],
    });
    const { outcome, figures } = await session.run();
    expect(outcome.type).toBe('succeeded');
    expect(figures).toMatchObject({ toolCalls: 4, refusals: 0 });
    expect(session.results().every(({ isError }) => isError)).toBe(true);
    expect(session.results().map(({ value }) => value)).toEqual([
      'the arguments of "request" do not fit: must have required property \'endpoint\'; must NOT have additional properties ("url")',
      'there is no tool "shell"; there are: request, chart, pdf, export, dispatch',
      'there is no tool "__proto__"; there are: request, chart, pdf, export, dispatch',
      'the arguments of "request" are not a JSON object',
    ]);
  });

  it('makes at most 32 calls of one step', async () => {
    const stub = await stubServer();
    const calls = Array.from({ length: 40 }, (_, index) => request('GET', `/${index}`));
    const session = world({ script: [step(...calls), done], connections: [{ baseUrl: stub.url }] });
    await session.run();
    expect(stub.requests).toHaveLength(32);
    expect(session.results().filter(({ isError }) => isError)).toHaveLength(8);
  });

  it('cuts an oversized result for the model, with a marker, and keeps it whole in the record', async () => {
    const stub = await stubServer(() => ({ body: 'x'.repeat(5_000) }));
    const session = world({
      script: [step(request('GET', '/big')), done],
      connections: [{ baseUrl: stub.url }],
      automation: { limits: { ...DEFAULT_LIMITS, maxToolResultBytes: 1_000 } },
    });
    await session.run();
    const told = JSON.stringify(session.requests[1]?.messages.at(-1));
    expect(told).toContain('truncated=\\"true\\" original_bytes=\\"5002\\"');
    expect(told.length).toBeLessThan(1_600);
    const line = session.transcript.find(({ type }) => type === 'tool.result');
    expect(line?.content).toMatchObject({ ok: true, bytes: 5_000, text: 'x'.repeat(5_000) });
  });

  it('keeps secrets out of what the model reads, of the record and of the result', async () => {
    const stub = await stubServer(({ headers }) => ({ body: JSON.stringify(headers) }));
    const session = world({
      script: [step(request('GET', '/echo')), { text: 'the key is CANARY-0123456789' }],
      env: { ACME_TOKEN: 'CANARY-0123456789' },
      connections: [{ baseUrl: stub.url, auth: { type: 'bearer', token: 'env:ACME_TOKEN' } }],
    });
    const { outcome } = await session.run();
    expect(stub.requests[0]?.headers.authorization).toBe('Bearer CANARY-0123456789');
    expect(JSON.stringify([session.requests, session.transcript, session.audit, outcome])).not.toContain('CANARY');
    expect(outcome).toMatchObject({ result: 'the key is [redacted:ACME_TOKEN]' });
  });
});

describe('a read-only session', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('refuses %s whatever the intent says; nothing leaves', async (method) => {
    const stub = await stubServer();
    const session = world({
      script: [step(request(method, '/orders', { intent: 'read', data: { a: 1 } })), done],
      connections: [{ baseUrl: stub.url, endpoints: [endpoint(`${method} /orders`)] }],
    });
    const { outcome, figures } = await session.run();
    expect(outcome.type).toBe('succeeded');
    expect(stub.requests).toEqual([]);
    expect(figures).toMatchObject({ refusals: 1, writesSent: 0 });
    expect(session.audit).toEqual([
      {
        action: 'call.refused',
        actor: 'agent',
        automation: 'digest',
        run: 'run_1',
        commit: 'abc',
        details: {
          tool: 'request',
          call: '1.1',
          decision: 'blocked',
          operation: `acme:${method} /orders`,
          effect: 'write',
          rule: 'read-only',
        },
      },
    ]);
    expect(session.results()[0]).toMatchObject({ isError: true, value: expect.stringContaining('read-only') });
    expect(session.transcript.map(({ type }) => type)).toContain('tool.refused');
  });

  it('never resolves the write credential', async () => {
    const stub = await stubServer();
    const session = world({
      script: [step(request('GET', '/a'), request('POST', '/search', { data: {} })), done],
      env: { READ_TOKEN: 'read-token-1' },
      connections: [
        {
          baseUrl: stub.url,
          endpoints: [endpoint('POST /search', { intent: 'read' })],
          auth: { type: 'bearer', token: 'env:READ_TOKEN' },
          writeAuth: { type: 'bearer', token: 'env:UNSET_WRITE_TOKEN' },
        },
      ],
    });
    await session.run();
    expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer read-token-1',
      'Bearer read-token-1',
    ]);
  });
});

describe('a session that may write', () => {
  const writing = { writeEnabled: true };

  it('records the intent before and the outcome after, sends the key and uses the write credential', async () => {
    const stub = await stubServer(() => ({ status: 201, body: '{"id":7}' }));
    const session = world({
      script: [step(request('POST', '/orders', { data: { amount: 5 } })), done],
      automation: writing,
      env: { READ_TOKEN: 'read-token-1', WRITE_TOKEN: 'write-token-1' },
      connections: [
        {
          baseUrl: stub.url,
          endpoints: [endpoint('POST /orders')],
          auth: { type: 'bearer', token: 'env:READ_TOKEN' },
          writeAuth: { type: 'bearer', token: 'env:WRITE_TOKEN' },
        },
      ],
    });
    const { figures } = await session.run();
    expect(figures.writesSent).toBe(1);
    expect(stub.requests[0]).toMatchObject({
      body: '{"amount":5}',
      headers: {
        'idempotency-key': 'run_1.1.1',
        authorization: 'Bearer write-token-1',
        'content-type': 'application/json',
      },
    });
    expect(session.writes).toMatchObject([
      {
        call: '1.1',
        operation: 'acme:POST /orders',
        idempotencyKey: 'run_1.1.1',
        outcome: { result: 'applied', status: 201 },
      },
    ]);
    expect(session.audit.map(({ action }) => action)).toEqual(['write.intent', 'write.outcome']);
  });

  it.each([
    [400, 'not_applied'],
    [409, 'not_applied'],
    [500, 'unknown'],
    [302, 'unknown'],
  ] as const)('says of an answer with status %i that the write is %s', async (status, result) => {
    const stub = await stubServer(() => ({ status }));
    const session = world({
      script: [step(request('POST', '/orders')), done],
      automation: writing,
      connections: [{ baseUrl: stub.url, endpoints: [endpoint('POST /orders')] }],
    });
    await session.run();
    expect(session.writes[0]?.outcome).toMatchObject({ result, status });
  });

  it('counts parallel writes of one step against maxPerRun', async () => {
    const stub = await stubServer();
    const session = world({
      script: [step(request('POST', '/orders'), request('POST', '/orders'), request('POST', '/orders')), done],
      automation: { ...writing, writes: { maxPerRun: 2 } },
      connections: [{ baseUrl: stub.url, endpoints: [endpoint('POST /orders')] }],
    });
    await session.run();
    expect(stub.requests).toHaveLength(2);
    expect(session.audit.filter(({ action }) => action === 'call.refused')).toHaveLength(1);
  });

  it('sends nothing when the lease is lost', async () => {
    const stub = await stubServer();
    const session = world({
      script: [step(request('POST', '/orders')), done],
      automation: writing,
      leaseHeld: false,
      connections: [{ baseUrl: stub.url, endpoints: [endpoint('POST /orders')] }],
    });
    expect((await session.run()).outcome).toMatchObject({ type: 'failed', reason: 'lease_lost' });
    expect(stub.requests).toEqual([]);
    expect(session.requests).toHaveLength(1);
  });
});

describe('the limits of a session', () => {
  it('ends with max_steps after that many model calls, with what it had', async () => {
    const stub = await stubServer();
    const script = Array.from({ length: 5 }, () => step(request('GET', '/a')));
    const session = world({
      script,
      connections: [{ baseUrl: stub.url }],
      automation: { limits: { ...DEFAULT_LIMITS, maxSteps: 3 } },
    });
    const { outcome, figures } = await session.run();
    expect(outcome).toMatchObject({ type: 'failed', reason: 'max_steps', retryable: false, partial: 'working' });
    expect(figures.steps).toBe(3);
    expect(session.requests).toHaveLength(3);
  });

  it('ends with timeout although the model never answers and ignores the signal', async () => {
    const session = world({
      script: [() => new Promise<never>(() => {})],
      automation: { limits: { ...DEFAULT_LIMITS, timeoutSeconds: 30 } },
    });
    const running = session.run();
    await until(() => session.requests.length === 1);
    await session.clock.advance(30_000);
    expect((await running).outcome).toMatchObject({ type: 'failed', reason: 'timeout', retryable: true });
  });

  it('ends one slow tool call, not the run', async () => {
    const stub = await stubServer(({ url }) => (url === '/slow' ? new Promise(() => {}) : { body: 'quick' }));
    const session = world({
      script: [step(request('GET', '/slow'), request('GET', '/quick')), done],
      connections: [{ baseUrl: stub.url }],
      automation: { limits: { ...DEFAULT_LIMITS, toolTimeoutSeconds: 5 } },
    });
    const running = session.run();
    await until(() => stub.requests.length === 2);
    await session.clock.advance(5_000);
    expect((await running).outcome.type).toBe('succeeded');
    expect(session.results()).toMatchObject([
      { isError: true, value: 'no answer within 5 seconds ("limits.toolTimeoutSeconds")' },
      { isError: false, value: 'quick' },
    ]);
  });

  it.each([
    ['length', 'output_limit', false],
    ['content-filter', 'content_filter', false],
    ['refusal', 'model_refusal', false],
    ['error', 'model_error', true],
    ['other', 'model_error', true],
    ['tool-calls', 'model_error', false],
  ] as const)('maps the finish reason %s to failed(%s)', async (finish, reason, retryable) => {
    const { outcome } = await world({ script: [{ text: 'half a', finish }] }).run();
    expect(outcome).toMatchObject({ type: 'failed', reason, retryable });
  });

  it.each(['', '  \n', '\u200b', '\ufeff\u2060'])('ends with empty_answer for the text %j', async (text) => {
    expect((await world({ script: [{ text }] }).run()).outcome).toMatchObject({
      type: 'failed',
      reason: 'empty_answer',
    });
  });

  it('passes the status of a failed provider on', async () => {
    const error = { message: 'overloaded', httpStatus: 529, retryable: true };
    expect((await world({ script: [{ ok: false, error }] }).run()).outcome).toEqual({
      type: 'failed',
      reason: 'model_error',
      error: 'overloaded',
      httpStatus: 529,
      retryable: true,
    });
  });
});

describe('the budget of a run', () => {
  const spendy = (inputTokens: number): Turn => ({
    text: 'found one thing',
    toolCalls: [request('GET', '/a')],
    usage: tokens(inputTokens, 10),
    costUsd: 0.4,
  });

  it('gives one last turn without tools at the cap and ends with budget and the partial', async () => {
    const stub = await stubServer();
    const session = world({
      script: [spendy(500), { text: 'not complete: one thing' }],
      connections: [{ baseUrl: stub.url }],
      automation: { budget: { perRunTokens: 1_000 } },
    });
    const { outcome, figures } = await session.run();
    expect(outcome).toMatchObject({
      type: 'failed',
      reason: 'budget',
      retryable: false,
      partial: 'not complete: one thing',
    });
    expect(session.requests.map(({ tools }) => tools.length)).toEqual([5, 0]);
    expect(session.requests[1]?.messages).toHaveLength(1);
    expect(JSON.stringify(session.requests[1]?.messages)).not.toContain('toolCalls');
    expect(figures.usage.totalTokens).toBe(525);
    expect(stub.requests).toHaveLength(1);
  });

  it('holds a cap in dollars', async () => {
    const stub = await stubServer();
    const session = world({
      script: [spendy(100), spendy(100), spendy(100), { text: 'so far' }],
      connections: [{ baseUrl: stub.url }],
      automation: { budget: { perRunUsd: 1 } },
      price: ({ totalTokens }) => totalTokens / 1_000_000,
    });
    const { outcome, figures } = await session.run();
    expect(outcome).toMatchObject({ type: 'failed', reason: 'budget', partial: 'so far' });
    expect(figures.costUsd).toBeCloseTo(1.2);
    expect(session.requests.at(-1)?.tools).toEqual([]);
  });

  it('shortens answers to what is left', async () => {
    const session = world({ script: [done], automation: { budget: { perRunTokens: 2_000 } } });
    await session.run();
    expect(session.requests[0]?.maxOutputTokens).toBeLessThan(2_000);
  });

  it('calls no model when dollars are capped and the price is unknown', async () => {
    const session = world({ script: [done], automation: { budget: { perRunUsd: 1 } }, price: () => null });
    expect((await session.run()).outcome).toMatchObject({
      reason: 'blocked_config',
      error: expect.stringContaining('priceUnknown'),
    });
    expect(session.requests).toEqual([]);
  });

  it('keeps a cost that is unknown null', async () => {
    const session = world({ script: [{ ...done, costUsd: null }], price: () => null });
    expect((await session.run()).figures).toMatchObject({ costUsd: null, usage: tokens(10, 5) });
  });
});

describe('a session that is stopped', () => {
  it.each([
    ['cancelled', { type: 'cancelled' }],
    ['lease_lost', { type: 'failed', reason: 'lease_lost' }],
    ['drain', { type: 'handed_back' }],
  ] as const)('ends as it should when %s, and no request leaves afterwards', async (reason, outcome) => {
    const stub = await stubServer(() => new Promise(() => {}));
    const session = world({
      script: [step(request('GET', '/a')), step(request('GET', '/b')), done],
      connections: [{ baseUrl: stub.url }],
    });
    const running = session.run();
    await until(() => stub.requests.length === 1);
    session.stop(reason);
    expect((await running).outcome).toMatchObject(outcome);
    expect(session.requests).toHaveLength(1);
    expect(stub.requests).toHaveLength(1);
  });

  it('is not handed back after a write has left', async () => {
    const stub = await stubServer();
    const session = world({
      script: [
        step(request('POST', '/orders')),
        () => {
          session.stop('drain');
          return done;
        },
      ],
      automation: { writeEnabled: true },
      connections: [{ baseUrl: stub.url, endpoints: [endpoint('POST /orders')] }],
    });
    expect((await session.run()).outcome).toMatchObject({ type: 'failed', reason: 'interrupted', retryable: false });
  });

  it('says of a write that was under way that its outcome is unknown', async () => {
    const stub = await stubServer(() => new Promise(() => {}));
    const session = world({
      script: [step(request('POST', '/orders')), done],
      automation: { writeEnabled: true },
      connections: [{ baseUrl: stub.url, endpoints: [endpoint('POST /orders')] }],
    });
    const running = session.run();
    await until(() => stub.requests.length === 1);
    session.stop('cancelled');
    await running;
    expect(session.writes[0]?.outcome).toMatchObject({ result: 'unknown' });
  });
});

/** Waits, without a time of its own, until something real (a socket) has happened. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve));
}
