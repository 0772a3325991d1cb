import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpCall } from '../../src/domain/call.ts';
import type { Connection, EndpointAccess } from '../../src/domain/connection.ts';
import { authorize, type Decision, listsTool, type Rights, storeToolName } from '../../src/domain/permission.ts';

function endpoint(operation: string, access: Partial<EndpointAccess> = {}): EndpointAccess {
  const [method = '', path = ''] = operation.split(' ');
  return { method, path, confirm: false, returns: [], thresholds: [], ...access };
}

function connection(endpoints: readonly EndpointAccess[], rest: Partial<Connection> = {}): Connection {
  return {
    name: 'acme',
    protocol: 'http',
    baseUrl: 'https://api.acme.test/v2',
    format: 'rest',
    headers: {},
    allowPrivateNetwork: false,
    endpoints,
    fieldRestrictions: [],
    spec: {},
    ...rest,
  };
}

function rights(
  change: Partial<Rights> & { readonly endpoints?: readonly EndpointAccess[]; readonly format?: 'graphql' } = {},
): Rights {
  const { endpoints = [], format = 'rest', ...rest } = change;
  return {
    writeEnabled: false,
    writes: {},
    connectionOf: (name) => (name === 'acme' || name === 'other' ? connection(endpoints, { name, format }) : undefined),
    storeWritable: (name) => ({ notes: true, ledger: false })[name],
    ...rest,
  };
}

function http(operation: string, rest: Partial<HttpCall> = {}): HttpCall {
  const at = operation.indexOf(' ');
  return {
    kind: 'http',
    connection: 'acme',
    method: operation.slice(0, at),
    path: operation.slice(at + 1),
    query: {},
    ...rest,
  };
}

/** `allow:read:method` or `deny:write:read-only`. */
function verdict(decision: Decision): string {
  return `${decision.allow ? 'allow' : 'deny'}:${decision.effect}:${decision.rule}`;
}

describe('authorize: methods', () => {
  it.each(['GET', 'HEAD'])('%s of an unlisted path is a read', (method) => {
    expect(verdict(authorize(rights(), http(`${method} /orders`), 0))).toBe('allow:read:method');
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is a write and is refused in a read-only run', (method) => {
    const decision = authorize(rights(), http(`${method} /orders`, { intent: 'read' }), 0);
    expect(verdict(decision)).toBe('deny:write:read-only');
    expect(decision).toHaveProperty('operation', `acme:${method} /orders`);
  });

  it.each([
    'get',
    'Get',
    ' GET',
    'GET ',
    'post',
    'PROPFIND',
    'MKCOL',
    'PURGE',
    'QUERY',
    'CONNECT',
    'TRACE',
    'OPTIONS',
    'GET\r\nX: 1',
    '',
    '__proto__',
  ])('refuses the method %j, with and without writeEnabled', (method) => {
    for (const writeEnabled of [false, true]) {
      const call = { ...http('GET /orders'), method };
      expect(verdict(authorize(rights({ writeEnabled }), call, 0))).toBe('deny:write:method');
    }
  });

  it('treats a GET with a body as a write', () => {
    expect(verdict(authorize(rights(), http('GET /orders', { body: {} }), 0))).toBe('deny:write:read-only');
  });

  it("lets the model's own intent only tighten", () => {
    expect(verdict(authorize(rights(), http('GET /orders', { intent: 'write' }), 0))).toBe('deny:write:read-only');
    expect(verdict(authorize(rights(), http('POST /orders', { intent: 'read' }), 0))).toBe('deny:write:read-only');
  });

  it.each(['_method', '_METHOD', '%5Fmethod', '%255Fmethod', '_method[]', ' _method', 'X-HTTP-Method-Override'])(
    'refuses the query parameter %j',
    (name) => {
      expect(verdict(authorize(rights(), http('GET /orders/1', { query: { [name]: 'DELETE' } }), 0))).toBe(
        'deny:write:method-override',
      );
    },
  );

  it.each([
    'X-HTTP-Method-Override',
    'x-http-method-override',
    'X_HTTP_METHOD_OVERRIDE',
    'X-Method-Override',
    'x-http-method',
    'X-Original-URL',
  ])('refuses the header %s', (name) => {
    expect(verdict(authorize(rights(), http('GET /orders/1', { headers: { [name]: 'DELETE' } }), 0))).toBe(
      'deny:write:method-override',
    );
  });

  it.each([{ _method: 'DELETE' }, '_method=DELETE&x=1'])('refuses the body %j', (body) => {
    const all = rights({ writeEnabled: true, endpoints: [endpoint('POST /orders')] });
    expect(verdict(authorize(all, http('POST /orders', { body }), 0))).toBe('deny:write:method-override');
  });
});

describe('authorize: connections', () => {
  it('refuses a connection that the bundle does not have', () => {
    expect(verdict(authorize(rights(), { ...http('GET /x'), connection: 'stripe' }, 0))).toBe(
      'deny:write:unknown-connection',
    );
  });

  it('refuses a connection that the automation does not list', () => {
    const narrow = rights({ connections: ['acme'] });
    expect(verdict(authorize(narrow, { ...http('GET /x'), connection: 'other' }, 0))).toBe(
      'deny:write:unknown-connection',
    );
    expect(verdict(authorize(narrow, http('GET /x'), 0))).toBe('allow:read:method');
  });

  it('refuses requests when the automation lists its tools without "request"', () => {
    expect(verdict(authorize(rights({ tools: ['knowledge_read'] }), http('GET /x'), 0))).toBe(
      'deny:write:tool-not-listed',
    );
  });
});

describe('authorize: access.json', () => {
  const endpoints = [
    endpoint('POST /search', { intent: 'read' }),
    endpoint('POST /users/{id}/query', { intent: 'read' }),
    endpoint('GET /jobs/{id}/run', { intent: 'write' }),
    endpoint('GET /secret', { confirm: 'never' }),
    endpoint('POST /orders'),
    endpoint('POST /refunds', { confirm: true }),
    endpoint('DELETE /orders/{id}', { confirm: 'never', reason: 'orders are kept' }),
    endpoint('POST /payments', { thresholds: [{ field: 'body.amount', above: 100, escalate: 'never' }] }),
  ];
  const readOnly = rights({ endpoints });
  const writing = rights({ endpoints, writeEnabled: true });

  it('lets a POST through as a read when Git says so, with path templates', () => {
    expect(verdict(authorize(readOnly, http('POST /search', { body: {} }), 0))).toBe('allow:read:declared-read');
    expect(verdict(authorize(readOnly, http('POST /users/7/query'), 0))).toBe('allow:read:declared-read');
  });

  it.each(['/search/', '/SEARCH', '/search;x=1', '/search.json', '/users//query', '/users/1/2/query'])(
    'does not stretch a declared read to %s',
    (path) => {
      expect(verdict(authorize(readOnly, http(`POST ${path}`), 0))).toBe('deny:write:read-only');
    },
  );

  it.each([
    '/jobs/7/run',
    '/jobs/7/run/',
    '/jobs/7/RUN',
    '/jobs/7/%72un',
    '/jobs/7/run;x',
    '/Jobs/7/run',
    '/jobs/7/run.json',
  ])('treats the declared write GET %s as a write however it is spelled', (path) => {
    expect(authorize(readOnly, http(`GET ${path}`), 0)).toMatchObject({
      allow: false,
      effect: 'write',
      rule: 'read-only',
    });
    expect(authorize(readOnly, http(`HEAD ${path}`), 0)).toMatchObject({ allow: false, effect: 'write' });
  });

  it('allows a declared write GET in a run that may write', () => {
    expect(verdict(authorize(writing, http('GET /jobs/7/run'), 0))).toBe('allow:write:declared-write');
  });

  it('refuses "never" for reads and writes, and tells the reason', () => {
    expect(verdict(authorize(readOnly, http('GET /secret'), 0))).toBe('deny:read:confirm-never');
    const decision = authorize(writing, http('DELETE /orders/1'), 0);
    expect(verdict(decision)).toBe('deny:write:confirm-never');
    expect(decision).toHaveProperty('message', expect.stringContaining('orders are kept'));
  });

  it('needs a name in Git for a write: the access file where no list is given', () => {
    expect(verdict(authorize(writing, http('POST /orders'), 0))).toBe('allow:write:declared-write');
    expect(verdict(authorize(writing, http('POST /unlisted'), 0))).toBe('deny:write:not-named');
    expect(verdict(authorize(writing, http('POST /Orders'), 0))).toBe('deny:write:not-named');
  });

  it('needs the operation in writes.operations where that list is given', () => {
    const listed = (...operations: string[]) => rights({ endpoints, writeEnabled: true, writes: { operations } });
    expect(verdict(authorize(listed('POST /unlisted'), http('POST /unlisted'), 0))).toBe('allow:write:listed-write');
    expect(verdict(authorize(listed('acme:PUT /things/{id}'), http('PUT /things/9'), 0))).toBe(
      'allow:write:listed-write',
    );
    expect(verdict(authorize(listed('other:PUT /things/{id}'), http('PUT /things/9'), 0))).toBe('deny:write:not-named');
    expect(verdict(authorize(listed('POST /unlisted'), http('POST /orders'), 0))).toBe('deny:write:not-named');
    expect(verdict(authorize(listed(), http('POST /orders'), 0))).toBe('deny:write:not-named');
  });

  it('refuses what needs a confirmation unless the automation lists it; listing lifts neither "never" nor a threshold', () => {
    const listed = rights({
      endpoints,
      writeEnabled: true,
      writes: { operations: ['POST /refunds', 'DELETE /orders/{id}', 'POST /payments'] },
    });
    expect(verdict(authorize(writing, http('POST /refunds'), 0))).toBe('deny:write:confirm');
    expect(verdict(authorize(listed, http('POST /refunds'), 0))).toBe('allow:write:listed-write');
    expect(verdict(authorize(listed, http('DELETE /orders/1'), 0))).toBe('deny:write:confirm-never');
    expect(verdict(authorize(listed, http('POST /payments', { body: { amount: 101 } }), 0))).toBe(
      'deny:write:threshold',
    );
    expect(verdict(authorize(listed, http('POST /payments', { body: { amount: 100 } }), 0))).toBe(
      'allow:write:listed-write',
    );
  });

  it.each([
    { amount: '101' },
    { Amount: 1e9 },
    { amount: 'lots' },
    { amount: [1, 500] },
    [{ amount: 500 }],
    { amount: {} },
    '{"amount":500}',
    'amount=500',
    { amount: true },
  ])('sees a crossed threshold in %j', (body) => {
    expect(verdict(authorize(writing, http('POST /payments', { body }), 0))).toBe('deny:write:threshold');
  });

  it.each([{ amount: 100 }, { amount: '99.5' }, { total: 500 }, { amount: null }, undefined])(
    'lets %j stay below it',
    (body) => {
      expect(verdict(authorize(writing, http('POST /payments', { body }), 0))).toBe('allow:write:declared-write');
    },
  );

  it('stops at writes.maxPerRun', () => {
    const two = rights({ endpoints, writeEnabled: true, writes: { maxPerRun: 2 } });
    expect(verdict(authorize(two, http('POST /orders'), 1))).toBe('allow:write:declared-write');
    expect(verdict(authorize(two, http('POST /orders'), 2))).toBe('deny:write:max-per-run');
  });

  it('prefers the most literal template', () => {
    const users = rights({
      endpoints: [endpoint('GET /users/{id}'), endpoint('GET /users/delete', { confirm: 'never' })],
    });
    expect(verdict(authorize(users, http('GET /users/7'), 0))).toBe('allow:read:method');
    expect(verdict(authorize(users, http('GET /users/delete'), 0))).toBe('deny:read:confirm-never');
  });
});

describe('authorize: GraphQL', () => {
  const graph = rights({ format: 'graphql', endpoints: [endpoint('POST /graphql', { intent: 'read' })] });

  it('is a read only when the parsed document is a query', () => {
    expect(verdict(authorize(graph, http('POST /graphql', { graphql: 'query' }), 0))).toBe('allow:read:graphql');
  });

  it.each(['mutation', 'subscription', 'unclear', undefined] as const)(
    'refuses %s whatever the access file says',
    (graphql) => {
      expect(verdict(authorize(graph, http('POST /graphql', { graphql }), 0))).toBe('deny:write:read-only');
      expect(verdict(authorize(graph, http('GET /graphql', { graphql }), 0))).toBe('deny:write:read-only');
    },
  );
});

describe('authorize: stores and other tools', () => {
  it.each(['get', 'list'] as const)('%s of a store is a read', (verb) => {
    expect(verdict(authorize(rights(), { kind: 'store', store: 'ledger', verb }, 0))).toBe('allow:read:store-read');
  });

  it.each(['put', 'delete'] as const)('%s needs writeEnabled unless the store is automationWritable', (verb) => {
    expect(verdict(authorize(rights(), { kind: 'store', store: 'ledger', verb }, 0))).toBe('deny:write:read-only');
    expect(verdict(authorize(rights(), { kind: 'store', store: 'notes', verb }, 0))).toBe('allow:write:notebook');
    const writing = rights({ writeEnabled: true });
    expect(verdict(authorize(writing, { kind: 'store', store: 'ledger', verb }, 0))).toBe('allow:write:declared-write');
  });

  it('holds the list of operations against stores by the name of the tool', () => {
    const put = { kind: 'store', store: 'ledger', verb: 'put' } as const;
    const listed = (operations: string[]) => rights({ writeEnabled: true, writes: { operations } });
    expect(authorize(listed(['store_ledger_put']), put, 0).allow).toBe(true);
    expect(verdict(authorize(listed(['POST /x']), put, 0))).toBe('deny:write:not-named');
  });

  it('refuses an unknown store', () => {
    expect(verdict(authorize(rights({ writeEnabled: true }), { kind: 'store', store: 'nope', verb: 'get' }, 0))).toBe(
      'deny:read:unknown-store',
    );
  });

  it('needs a listed name for a tool that writes', () => {
    const tool = { kind: 'tool', tool: 'slack_post', effect: 'write' } as const;
    expect(verdict(authorize(rights(), tool, 0))).toBe('deny:write:read-only');
    expect(verdict(authorize(rights({ writeEnabled: true }), tool, 0))).toBe('deny:write:not-named');
    expect(authorize(rights({ writeEnabled: true, writes: { operations: ['slack_post'] } }), tool, 0).allow).toBe(true);
  });

  it('refuses a tool that the automation does not list', () => {
    const call = { kind: 'local', tool: 'knowledge_read' } as const;
    expect(verdict(authorize(rights({ tools: ['request'] }), call, 0))).toBe('deny:read:tool-not-listed');
    expect(authorize(rights({ tools: ['knowledge_*'] }), call, 0).allow).toBe(true);
  });

  it('denies a kind of call that it does not know', () => {
    const call = JSON.parse('{"kind":"shell","command":"rm"}');
    expect(authorize(rights({ writeEnabled: true }), call, 0)).toMatchObject({ allow: false, rule: 'unknown-kind' });
  });
});

describe('a write that no file names', () => {
  it('is told where it could be named', () => {
    const open = rights({ writeEnabled: true });
    const told = (decision: ReturnType<typeof authorize>) => (decision.allow ? '' : decision.message);
    expect(told(authorize(open, { kind: 'tool', tool: 'h1', effect: 'write' }, 0))).toBe(
      'Refused by the runtime: h1: a write must be named in a file, and "writes.operations" of this automation does not name it.',
    );
    expect(told(authorize(open, http('POST /unlisted'), 0))).toContain(
      'a write must be named in a file, and "writes.operations" of this automation and the access file of connection "acme" do not name it',
    );
    const listing = rights({ writeEnabled: true, writes: { operations: ['x'] } });
    expect(told(authorize(listing, { kind: 'tool', tool: 'h1', effect: 'write' }, 0))).toContain(
      'the list "writes.operations" of this automation does not name it',
    );
  });
});

describe('the gate as a whole', () => {
  const segment = fc.oneof(
    fc.constantFrom('orders', 'search', 'jobs', 'run', '%72un', 'RUN', '..', '', '1'),
    fc.string({ maxLength: 6 }),
  );
  const call = fc.record({
    method: fc.oneof(fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'get', 'Post'), fc.string()),
    path: fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
    query: fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
    body: fc.option(fc.jsonValue(), { nil: undefined }),
    intent: fc.constantFrom('read', 'write', undefined),
    graphql: fc.constantFrom('query', 'mutation', undefined),
  });

  it('never lets a read-only run make a call that is not GET or HEAD and not declared a read', () => {
    const readOnly = rights({
      endpoints: [endpoint('POST /search', { intent: 'read' }), endpoint('GET /jobs/{id}/run', { intent: 'write' })],
    });
    fc.assert(
      fc.property(call, (fields) => {
        const decision = authorize(readOnly, { kind: 'http', connection: 'acme', ...fields } as HttpCall, 0);
        if (!decision.allow) return;
        expect(decision.effect).toBe('read');
        const declared = fields.method === 'POST' && decodeURIComponent(fields.path) === '/search';
        expect(['GET', 'HEAD'].includes(fields.method) || declared).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the same or a stricter answer when the model says "write"', () => {
    const all = rights({
      writeEnabled: true,
      endpoints: [endpoint('POST /orders'), endpoint('POST /search', { intent: 'read' })],
    });
    fc.assert(
      fc.property(call, (fields) => {
        const without = authorize(
          all,
          { kind: 'http', connection: 'acme', ...fields, intent: undefined } as HttpCall,
          0,
        );
        const tightened = authorize(
          all,
          { kind: 'http', connection: 'acme', ...fields, intent: 'write' } as HttpCall,
          0,
        );
        if (tightened.allow) expect(without.allow).toBe(true);
        expect(tightened.effect).toBe('write');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('names of tools', () => {
  it('are snake case for stores', () => {
    expect(storeToolName('drift-history', 'put')).toBe('store_drift_history_put');
  });

  it('match a list by whole name or prefix', () => {
    expect(listsTool(undefined, 'request')).toBe(true);
    expect(listsTool([], 'request')).toBe(false);
    expect(listsTool(['store_*'], 'store_x_get')).toBe(true);
    expect(listsTool(['store_x'], 'store_x_get')).toBe(false);
  });
});
