import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/domain/automation.ts';
import { narrowWebhookRun } from '../../src/domain/narrow-webhook-run.ts';
import { call, endpoint, testAutomation, testBundle, world } from '../agent/session-world.ts';
import { load, messages } from '../bundle/load.ts';
import { stubServer } from '../support/stub-server.ts';
import { allRefused, ask, CANARY, done } from './ask.ts';

const asks = (count: number) => Array.from({ length: count }, (_, at) => ({ endpoint: `/${at}` }));

describe('the rate of a connection', () => {
  it('refuses what is over it, says when there is room again, and lets calls through then', async () => {
    const rate = { perMinute: 6, burst: 2 };
    const { session, sent } = await ask(asks(5), { connection: { rate } });
    expect(sent).toHaveLength(2);
    const refused = session.results().filter(({ isError }) => isError);
    expect(refused).toHaveLength(3);
    expect(refused[0]?.value).toMatch(/"rate" is used up; there is room again in 10 s/);
    expect(session.audit.map(({ details }) => details.rule)).toEqual(['rate', 'rate', 'rate']);
  });

  it('is one for all calls of a session, sub-agents included, and fills up with time', async () => {
    const upstream = await stubServer();
    const step = { toolCalls: [call('request', { connection: 'acme', method: 'GET', endpoint: '/x' })] };
    const session = world({
      connections: [{ baseUrl: upstream.url, rate: { perMinute: 1 } }],
      script: [
        step,
        { toolCalls: [call('dispatch', { task: 't', prompt: 'p' })] },
        step,
        { text: 'child' },
        async () => {
          await session.clock.advance(60_000);
          return step;
        },
        done,
      ],
    });
    await session.run();
    expect(upstream.requests).toHaveLength(2);
    expect(session.audit.map(({ details }) => details.rule)).toEqual(['rate']);
  });
});

describe('the limits of what leaves', () => {
  it('count requests and bytes over the whole run, sub-agents included', async () => {
    const upstream = await stubServer();
    const step = { toolCalls: [call('request', { connection: 'acme', method: 'GET', endpoint: '/x' })] };
    const session = world({
      connections: [{ baseUrl: upstream.url }],
      automation: { limits: { ...DEFAULT_LIMITS, maxRequests: 2 } },
      script: [
        step,
        { toolCalls: [call('dispatch', { task: 't', prompt: 'p' })] },
        step,
        step,
        { text: 'child' },
        done,
      ],
    });
    await session.run();
    expect(upstream.requests).toHaveLength(2);
  });

  it('do not count what stays inside', async () => {
    const notes = Array.from({ length: 5 }, (_, at) => call('store_notes_put', { id: `${at}` }));
    const session = world({
      stores: [{ name: 'notes', automationWritable: true }],
      automation: { limits: { ...DEFAULT_LIMITS, maxRequests: 1, maxBytesOut: 1 } },
      script: [{ toolCalls: notes }, done],
    });
    await session.run();
    expect(session.results().every(({ isError }) => !isError)).toBe(true);
  });
});

describe('a secret that a model got hold of', () => {
  it.each([
    ['in a path', { endpoint: `/t/${CANARY}` }],
    ['in base64', { params: { d: Buffer.from(`x${CANARY}`).toString('base64') } }],
    ['in hex', { params: { d: Buffer.from(CANARY).toString('hex') } }],
    ['backwards', { params: { d: [...CANARY].reverse().join('') } }],
    ['with blanks between', { params: { d: [...CANARY].join(' ') } }],
    ['in pieces of a list', { params: { d: CANARY.match(/.{1,4}/g) ?? [] } }],
    ['in the name of a field', { params: { [CANARY]: 1 } }],
  ])('does not leave %s', async (_, asked) => {
    await allRefused([asked]);
  });
});

describe('a bomb', () => {
  it('is a failed call, not a crash', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const stub = await stubServer(() => ({ headers: { 'content-encoding': 'gzip' }, body: bomb }));
    const { session } = await ask([{}], { stub });
    expect(session.results()).toMatchObject([{ isError: true, value: expect.stringContaining('longer than') }]);
  });
});

describe('a run that a webhook started', () => {
  it('has of each list only what the bundle gives to such runs', async () => {
    const upstream = await stubServer();
    const settings = {
      ...testBundle().settings,
      webhookRuns: { tools: ['request', 'store_*'], connections: ['acme'] },
    };
    const connections = [{ baseUrl: upstream.url }, { name: 'crm', baseUrl: upstream.url }];
    const script = [
      { toolCalls: [call('request', { connection: 'crm', method: 'GET', endpoint: '/x' })] },
      { toolCalls: [call('knowledge_search', { query: 'a' })] },
      done,
    ];
    const knowledge = [{ path: 'a', title: 'A', text: 'a' }];
    const given = {
      script,
      connections,
      bundle: { settings, knowledge },
      automation: { connections: ['acme', 'crm'] },
    };
    const hooked = world({ ...given, event: { source: 'webhook', body: '{}' } });
    await hooked.run();
    expect(upstream.requests).toEqual([]);
    expect(hooked.requests[0]?.tools.map(({ name }) => name)).toEqual(['request']);
    expect(hooked.requests[0]?.system).not.toContain('## crm');
    await world(given).run();
    expect(upstream.requests).toHaveLength(1);
  });

  it('never gets more than its automation lists', () => {
    const own = testAutomation({ tools: ['request', 'store_notes_*'], connections: ['acme'] });
    const most = { tools: ['store_*', 'dispatch'], connections: ['crm'], skills: ['triage'] };
    expect(narrowWebhookRun(own, most)).toMatchObject({
      tools: ['store_notes_*'],
      connections: [],
      skills: ['triage'],
    });
    expect(narrowWebhookRun(own, undefined)).toBe(own);
  });
});

describe('what the files say of it', () => {
  const spec = { 'connections/acme/spec.json': { baseUrl: 'https://api.acme.test' } };

  it('is loaded', async () => {
    const loaded = await load({
      ...spec,
      'amodal.json': { webhookRuns: { connections: ['acme'] }, limits: { maxRequests: 7, maxBytesOut: 9 } },
      'connections/acme/access.json': {
        readPaths: ['/orders/{id}'],
        rate: { perMinute: 30, burst: 5 },
        egress: 'public',
      },
      'automations/a.json': { prompt: 'Look.', acceptUntrusted: true, allowEgress: ['acme'] },
    });
    expect(messages(loaded)).toEqual([]);
    const { bundle } = loaded;
    expect(bundle.connections.get('acme')).toMatchObject({
      readPaths: ['/orders/{id}'],
      rate: { perMinute: 30, burst: 5 },
      egress: 'public',
    });
    expect(bundle.automations.get('a')).toMatchObject({
      acceptUntrusted: true,
      allowEgress: ['acme'],
      limits: { maxRequests: 7, maxBytesOut: 9 },
    });
    expect(bundle.settings.webhookRuns).toEqual({ connections: ['acme'] });
  });

  it('is refused where it means nothing', async () => {
    const loaded = await load({
      ...spec,
      'connections/acme/access.json': { rate: { perMinute: 0 }, readPaths: ['orders'], egress: 'open' },
      'automations/a.json': { prompt: 'Look.', allowEgress: ['amce'], acceptUntrusted: 'yes' },
    });
    const told = messages(loaded).join('\n');
    expect(told).toMatch(/rate\.perMinute/);
    expect(told).toMatch(/egress/);
    expect(told).toMatch(/acceptUntrusted/);
    expect(loaded.bundle.connections.size + loaded.bundle.automations.size).toBe(0);
    const named = await load({ ...spec, 'automations/a.json': { prompt: 'Look.', allowEgress: ['amce'] } });
    expect(messages(named).join('\n')).toMatch(/allowEgress\[0\].*"amce".*acme/);
    const path = await load({ ...spec, 'connections/acme/access.json': { readPaths: ['orders', '/a?b'] } });
    expect(messages(path).join('\n')).toMatch(/readPaths\[0\][\s\S]*readPaths\[1\]/);
  });
});

describe('a public connection', () => {
  it('may be listed for reads of a trusted run, and each call of it is audited before it leaves', async () => {
    const { session, sent } = await ask([{ params: { q: 'a' } }], { connection: { egress: 'public' } });
    expect(sent).toHaveLength(1);
    expect(session.audit).toMatchObject([
      { action: 'call.public', details: { connection: 'acme', operation: 'GET /x', query: '{"q":"a"}' } },
    ]);
  });

  it('is closed as soon as the run has read what an outside event wrote', async () => {
    const upstream = await stubServer();
    const get = { toolCalls: [call('request', { connection: 'acme', method: 'GET', endpoint: '/x' })] };
    const document = {
      store: 'notes',
      key: 'a',
      value: { id: 'a' },
      origin: 'untrusted',
      run: 'r',
      updatedAt: 0,
    } as const;
    const session = world({
      connections: [{ baseUrl: upstream.url, egress: 'public' }],
      stores: [{ name: 'notes' }],
      documents: [document],
      script: [get, { toolCalls: [call('store_notes_list', {})] }, get, done],
    });
    await session.run();
    expect(upstream.requests).toHaveLength(1);
    expect(session.audit.map(({ action }) => action)).toEqual(['call.public', 'call.refused']);
  });
});

describe('paths that may be read', () => {
  it('are those of the list and the declared reads', async () => {
    const { sent } = await ask(
      [
        { endpoint: '/orders/7' },
        { endpoint: '/orders/7/items' },
        { endpoint: '/orders' },
        { endpoint: '/search', method: 'POST', data: {} },
      ],
      { connection: { readPaths: ['/orders/{id}'], endpoints: [endpoint('POST /search', { intent: 'read' })] } },
    );
    expect(sent.toSorted()).toEqual(['GET /v2/orders/7', 'POST /v2/search']);
  });
});
