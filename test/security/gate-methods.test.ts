import { describe, expect, it } from 'vitest';
import type { EndpointAccess } from '../../src/domain/connection.ts';
import { endpoint } from '../agent/session-world.ts';
import { type Ask, type Asked, allRefused, ask } from './ask.ts';

const writing = { writeEnabled: true };
const given = (endpoints: readonly EndpointAccess[], rest: Ask = {}): Ask => ({ ...rest, connection: { endpoints } });
const post = (data: unknown, rest: Asked = {}): Asked => ({ method: 'POST', endpoint: '/orders', data, ...rest });
const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };

describe('a method by another name', () => {
  it.each([
    ['by case and blanks', ['get', 'Get', 'gEt', 'GET ', ' GET', 'GET\t', 'PoSt', 'GET\u200b', 'ＧＥＴ']],
    ['by what some servers know', ['BATCH', 'COPY', 'MOVE', 'LOCK', 'SEARCH', 'REPORT', 'DEBUG', 'TRACK', 'UNLINK']],
  ])('is refused %s', async (_, methods) => {
    const calls = methods.map((method) => ({ method }));
    await allRefused(calls);
    await allRefused(calls, { automation: writing });
  });

  it.each([
    '_method=DELETE',
    '_Method=delete',
    '%5f%6d%65thod=DELETE',
    '_method%5B%5D=DELETE',
    '_method[]=DELETE',
    '.method=DELETE',
    '[method=DELETE',
    '+_method=DELETE',
    'a=1;_method=DELETE',
    '_http_method=DELETE',
    '_HttpMethod=DELETE',
    'x-http-method-override=DELETE',
    'X_HTTP_Method_Override=DELETE',
    'X-HTTP-Method=DELETE',
    '$httpMethod=DELETE',
    '$method=DELETE',
    'method_override=DELETE',
    'http-method-override=PUT',
  ])('is refused in the query: %s', async (query) => {
    await allRefused([{ endpoint: `/orders/1?${query}` }, { endpoint: `/orders/1?x=1&${query}` }]);
  });

  it.each([
    'X-HTTP-Method-Override',
    'x-http-method',
    'X_HTTP_METHOD_OVERRIDE',
    'X-Method-Override',
    ' X-HTTP-Method-Override',
    'X-Original-Method',
    'X-Original-URL',
    'X-Rewrite-URL',
  ])('is refused in a header: %j', async (name) => {
    await allRefused([{ endpoint: '/orders/1', headers: { [name]: 'DELETE' } }]);
  });

  it('is refused in a body, object or text, where the POST itself is allowed', async () => {
    const bodies = [
      { _method: 'DELETE' },
      { _METHOD: 'DELETE' },
      [{ _method: 'DELETE' }],
      'id=1;_method=DELETE',
      '{"_method":"DELETE"}',
      '{"\\u005fmethod":"DELETE"}',
      '--x\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--x--',
      '--x\r\ncontent-disposition:form-data;name=_method\r\n\r\nDELETE',
    ];
    const calls = [...bodies.map((data) => post(data)), post('_method=DELETE&id=1', form)];
    await allRefused(calls, given([endpoint('POST /orders')], { automation: writing }));
  });

  it('is not seen where there is none', async () => {
    const queries = [
      '?method=card',
      '?payment_method=card',
      '?method[]=a',
      '?q=_method',
      '?sort=a;b=c',
      '?methods=GET',
    ];
    const { sent } = await ask(queries.map((query) => ({ endpoint: `/orders${query}` })));
    expect(sent).toHaveLength(queries.length);
    const bodies = [{ payment_method: 'card' }, { note: '_method=DELETE' }, 'method=card&a=1'];
    const written = await ask(
      bodies.map((data) => post(data)),
      given([endpoint('POST /orders')], { automation: writing }),
    );
    expect(written.sent).toHaveLength(bodies.length);
  });
});

describe('a path that a server reads in another way', () => {
  const jobs = [
    endpoint('GET /jobs/{id}', { intent: 'read' }),
    endpoint('GET /jobs/run', { intent: 'write' }),
    endpoint('GET /jobs/{id}/run', { intent: 'write' }),
    endpoint('GET /admin', { confirm: 'never' }),
  ];

  it.each([
    [
      [
        '/jobs/7/run',
        '/jobs/7/RUN',
        '/JOBS/7/run',
        '/jobs/7/run/',
        '/jobs/7/%72%75%6e',
        '/jobs/7/run;x',
        '/jobs;a/7/run',
      ],
    ],
    [['/jobs/7/run.json', '/jobs/7/run.csv', '/jobs/7/run.', '/jobs/7/run%20', '/jobs/7/run%3Fx', '/jobs/7/run%23']],
    [['/jobs/run', '/jobs/RUN', '/jobs/Run', '/jobs/run.json', '/jobs/run;a', '/jobs/r%75n', '/jobs/run/']],
    [['/admin', '/ADMIN', '/admin/', '/admin;x', '/admin.json', '/%61dmin', '/admin%20']],
  ])('is no way around an access file: %j', async (paths) => {
    await allRefused(
      paths.map((path) => ({ endpoint: path })),
      given(jobs),
    );
    await allRefused(
      paths.map((path) => ({ method: 'HEAD', endpoint: path })),
      given(jobs),
    );
  });

  it('is no way to a declared read, which has to be named exactly', async () => {
    const search = given([
      endpoint('POST /search', { intent: 'read' }),
      endpoint('POST /a/{id}/find', { intent: 'read' }),
    ]);
    const paths = ['/search/', '/SEARCH', '/search/all', '/search;x', '/search.json', '/a/b/c/find', '/a//find', '/'];
    await allRefused(
      paths.map((path) => ({ method: 'POST', endpoint: path, data: { q: 1 } })),
      search,
    );
    const { sent } = await ask([{ method: 'POST', endpoint: '/a/7/find?x=1', data: { q: 1 } }], search);
    expect(sent).toEqual(['POST /v2/a/7/find?x=1']);
  });

  it('leaves ordinary reads of the same connection alone', async () => {
    const paths = ['/jobs/7', '/jobs/running', '/jobs/7/runs', '/jobs/7/run/log', '/admins', '/jobs', '/jobs/a.b'];
    const { sent } = await ask(
      paths.map((path) => ({ endpoint: path })),
      given(jobs),
    );
    expect(sent.sort()).toEqual(paths.map((path) => `GET /v2${path}`).sort());
  });
});
