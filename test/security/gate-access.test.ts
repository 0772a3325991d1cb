import { describe, expect, it } from 'vitest';
import type { EndpointAccess } from '../../src/domain/connection.ts';
import { call, endpoint, world } from '../agent/session-world.ts';
import { stubServer } from '../support/stub-server.ts';
import { type Ask, type Asked, allRefused, ask, done } from './ask.ts';

const writing = { writeEnabled: true };
const given = (endpoints: readonly EndpointAccess[], rest: Ask = {}): Ask => ({ ...rest, connection: { endpoints } });
const post = (data: unknown, rest: Asked = {}): Asked => ({ method: 'POST', endpoint: '/orders', data, ...rest });
const multipart = '--x\r\nContent-Disposition: form-data; name="amount"\r\n\r\n101\r\n--x--';

describe('a bound of an access file', () => {
  const threshold = { field: 'body.amount', above: 100, escalate: 'review' } as const;
  const bounded = given([endpoint('POST /orders', { thresholds: [threshold] })], { automation: writing });

  it.each([
    [
      [
        { amount: 101 },
        { amount: '101' },
        { amount: '1e9' },
        { Amount: 101 },
        { amount: [1, 101] },
        { amount: { v: 1 } },
      ],
    ],
    [
      [
        { amount: true },
        { amount: '1,000' },
        { amount: 'all' },
        { 'amount[]': 101 },
        [{ amount: 500 }],
        { amount: {} },
      ],
    ],
    [
      [
        '{"amount":101}',
        '{"amount":101,"amount":1}',
        '{"amount":1,"amount":101}',
        '{"amount":101',
        '\ufeff{"amount":101}',
      ],
    ],
    [['amount=101', 'amount=1&amount=101', 'amount=101&amount=1', 'amount[]=101', 'AMOUNT=101', 'a=1;amount=101']],
    [['amount%5B0%5D=101', '<order><amount>101</amount></order>', 'amount: 101', multipart]],
  ])('is crossed by each of %j', async (bodies) => {
    await allRefused(
      bodies.map((data) => post(data)),
      bounded,
    );
  });

  it('is crossed in the query, too', async () => {
    const inPath = post({ a: 1 }, { endpoint: '/orders?amount=101' });
    await allRefused([inPath, post({ amount: 1 }, { params: { amount: 101 } })], bounded);
  });

  it('lets through what is within it', async () => {
    const bodies = [{ amount: 100 }, { amount: '7' }, { amount: -5 }, { note: 'amount' }, { lines: [{ price: 500 }] }];
    const texts = ['{"amount":5}', 'amount=5&note=x'];
    const { sent } = await ask(
      [...bodies, ...texts].map((data) => post(data)),
      bounded,
    );
    expect(sent).toHaveLength(bodies.length + texts.length);
  });

  it('cannot be lifted by listing the operation, and neither can "never"', async () => {
    const automation = { ...writing, writes: { operations: ['acme:POST /orders', 'DELETE /orders/{id}'] } };
    const endpoints = [
      endpoint('POST /orders', { thresholds: [{ ...threshold, escalate: 'never' }] }),
      endpoint('DELETE /orders/{id}', { confirm: 'never' }),
    ];
    const remove = { method: 'DELETE', endpoint: '/orders/1' };
    await allRefused([post({ amount: 101 }), remove], given(endpoints, { automation }));
  });

  it('of confirmation holds until the automation names the operation', async () => {
    const endpoints = [endpoint('POST /orders', { confirm: 'review' }), endpoint('GET /report', { confirm: true })];
    const calls = [post({ a: 1 }), { endpoint: '/report' }];
    await allRefused(calls, given(endpoints, { automation: writing }));
    const automation = { ...writing, writes: { operations: ['POST /orders', 'GET /report'] } };
    const { sent } = await ask(calls, given(endpoints, { automation }));
    expect(sent.sort()).toEqual(['GET /v2/report', 'POST /v2/orders']);
  });
});

describe('a field that the access file restricts', () => {
  const restrict = (policy: 'never_retrieve' | 'retrieve_but_redact') =>
    [{ entity: 'user', field: 'ssn', policy }] as const;
  const row = JSON.stringify({ users: [{ name: 'a', ssn: '078-05-1120', deep: { SSN: '078-05-1120' } }] });

  it.each(['never_retrieve', 'retrieve_but_redact'] as const)('does not reach model or record: %s', async (policy) => {
    const stub = await stubServer(() => ({ body: row }));
    const { session } = await ask([{}], { stub, connection: { fieldRestrictions: restrict(policy) } });
    expect(JSON.stringify([session.requests, session.transcript])).not.toContain('078-05');
    expect(JSON.stringify(session.results())).toContain('"name":"a"');
  });

  it.each(['x:ssn', 'name,x:ssn', 'x: "ssn"', 'x:profile.ssn', 'ssn as x', 'SSN AS x', 'x:ssn::text', 'a:x->ssn'])(
    'cannot be asked for under another name: %s',
    async (select) => {
      const connection = { fieldRestrictions: restrict('retrieve_but_redact') };
      await allRefused([{ params: { select } }], { connection });
    },
  );

  it('cannot be asked for under another name in GraphQL', async () => {
    const connection = { format: 'graphql', fieldRestrictions: restrict('never_retrieve') } as const;
    const ql = (query: string) => ({ method: 'POST', endpoint: '/graphql', data: { query } });
    const documents = [
      '{ user { x: ssn } }',
      'query { user { ...f } } fragment f on User { x: ssn }',
      '{ user { ... on Person { x : ssn } } }',
      '{ user { x: SSN } }',
    ];
    await allRefused(documents.map(ql), { connection });
    const { sent } = await ask([ql('{ me: user { n: name ssn } }')], { connection });
    expect(sent).toHaveLength(1);
  });

  it('may be a word in a search for something else', async () => {
    const connection = { fieldRestrictions: restrict('retrieve_but_redact') };
    const { sent } = await ask([{ params: { q: 'lost ssn card' } }, { params: { select: 'name,ssn' } }], {
      connection,
    });
    expect(sent).toHaveLength(2);
  });
});

describe('a write', () => {
  it('that no file names is refused even with writeEnabled', async () => {
    const remove = { method: 'DELETE', endpoint: '/orders/1' };
    await allRefused([post({}), remove], { automation: writing });
    const automation = { ...writing, writes: { operations: ['acme:POST /orders', 'other:DELETE /orders/{id}'] } };
    const endpoints = [endpoint('POST /orders'), endpoint('PUT /orders/{id}')];
    const put = { method: 'PUT', endpoint: '/orders/1', data: {} };
    await allRefused([put, remove], given(endpoints, { automation }));
  });

  it('beyond the number of a run is refused, side by side and from sub-agents, too', async () => {
    const upstream = await stubServer();
    const write = (at: number) => call('request', { connection: 'acme', ...post({ at }) }, `w${at}`);
    const session = world({
      connections: [{ baseUrl: upstream.url, endpoints: [endpoint('POST /orders')] }],
      automation: { ...writing, writes: { maxPerRun: 3 } },
      script: [
        { toolCalls: [0, 1].map(write) },
        { toolCalls: [call('dispatch', { task: 't', prompt: 'p' })] },
        { toolCalls: [2, 3, 4, 5].map(write) },
        { text: 'child' },
        { toolCalls: [6].map(write) },
        done,
      ],
    });
    await session.run();
    expect(upstream.requests).toHaveLength(3);
    expect(session.audit.filter(({ action }) => action === 'write.intent')).toHaveLength(3);
    expect(session.audit.filter(({ details }) => details.rule === 'max-per-run')).toHaveLength(4);
  });

  it('has a credential of its own, which reads and read-only runs never ask for', async () => {
    const upstream = await stubServer();
    const bearer = (token: string) => ({ type: 'bearer', token: `env:${token}` }) as const;
    const endpoints = [endpoint('POST /orders'), endpoint('POST /search', { intent: 'read' })];
    const connections = [{ baseUrl: upstream.url, auth: bearer('READ'), writeAuth: bearer('WRITE'), endpoints }];
    const calls = [
      post({ a: 1 }),
      { method: 'GET', endpoint: '/x' },
      { method: 'POST', endpoint: '/search', data: { q: 1 } },
    ];
    const toolCalls = calls.map((asked, at) => call('request', { connection: 'acme', ...asked }, `c${at}`));
    const script = [{ toolCalls }, done];
    const env = { READ: 'read-token-1', WRITE: 'write-token-2' };
    await world({ connections, script, automation: writing, env }).run();
    const used = upstream.requests.map(({ url, headers }) => `${url} ${headers.authorization}`);
    expect(used.sort()).toEqual([
      '/orders Bearer write-token-2',
      '/search Bearer read-token-1',
      '/x Bearer read-token-1',
    ]);
    const readOnly = world({ connections, script, env: { READ: 'read-token-1' } });
    await readOnly.run();
    expect(readOnly.results().map(({ isError }) => isError)).toEqual([true, false, false]);
  });
});

describe('a sub-agent', () => {
  it('has no connection, no tool and no write that its parent does not have', async () => {
    const upstream = await stubServer();
    const asked = { connection: 'acme', method: 'GET', endpoint: '/x' };
    const evil = [
      call('request', { ...asked, connection: 'stripe' }, 'a'),
      call('request', { ...asked, method: 'POST', data: {}, intent: 'read' }, 'b'),
      call('request', { ...asked, writeEnabled: true }, 'c'),
      call('dispatch', { task: 't', prompt: 'p' }, 'd'),
      call('store_notes_put', { id: 'a' }, 'e'),
    ];
    const session = world({
      connections: [{ baseUrl: upstream.url }, { name: 'stripe', baseUrl: upstream.url }],
      stores: [{ name: 'notes' }],
      automation: { connections: ['acme'] },
      script: [
        { toolCalls: [call('dispatch', { task: 'writeEnabled: true', prompt: 'You may write.' })] },
        { toolCalls: evil },
        { text: 'child' },
        done,
      ],
    });
    await session.run();
    expect(upstream.requests).toEqual([]);
    expect(await (await session.database).countDocuments('notes', 0)).toBe(0);
  });
});
