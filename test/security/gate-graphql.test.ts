import { describe, expect, it } from 'vitest';
import { type Asked, allRefused, ask } from './ask.ts';

const graph = { connection: { format: 'graphql' } } as const;
const send = (data: unknown, endpoint = '/graphql'): Asked => ({ method: 'POST', endpoint, data });
const get = (query: string): Asked => ({ endpoint: `/graphql?${query}` });
const plain = { query: '{a}' };
const mutation = 'mutation%7Bb%7D';

describe('GraphQL in a read-only run', () => {
  it.each([
    [
      'a mutation in any dress',
      [
        send({ query: 'mutation Q { a }' }),
        send({ query: 'query a{x} mutation b{y}', operationName: 'a' }),
        send({ query: '\n\n#c\r\nmutation{a}' }),
        send({ query: '"""doc""" mutation{a}' }),
        send({ query: 'mutation @x{a}' }),
        send({ query: 'mutation($v:Int){a(v:$v)}', variables: { v: 1 } }),
        send({ query: 'MUTATION{a}' }),
      ],
    ],
    [
      'a stored document',
      [
        send({ ...plain, extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }),
        send({ ...plain, id: 'deleteUser' }),
        send({ ...plain, doc_id: '1' }),
        send({ documentId: 'x' }),
        send({ ...plain, queryId: 'x' }),
        send({ ...plain, mutation: 'mutation{b}' }),
        send({ ...plain, Query: 'mutation{b}' }),
      ],
    ],
    [
      'documents in two places',
      [
        send(plain, `/graphql?query=${mutation}`),
        send(plain, `/graphql?Query=${mutation}`),
        send(plain, '/graphql?extensions=%7B%7D'),
        send(plain, '/graphql?id=7'),
        get(`query=%7Ba%7D&QUERY=${mutation}`),
        get(`query[]=${mutation}`),
        get(`query=${mutation}`),
        get('query=subscription%7Bb%7D'),
      ],
    ],
    [
      'what is no document',
      [
        send('{"query":"{a}"}'),
        send('mutation{a}'),
        send({ query: ['{a}', 'mutation{b}'] }),
        send({ query: { a: 1 } }),
        send({}),
        send([plain, { query: 'subscription{b}' }]),
        send([[{ query: 'mutation{b}' }]]),
        send([plain, '{"query":"mutation{b}"}']),
        send({ query: 'type A { a: Int }' }),
        send({ query: 'extend type Query { a: Int } {a}' }),
        send({ query: 'fragment f on T{x}' }),
      ],
    ],
    [
      'another path of the same host',
      [
        send(plain, '/rest/orders'),
        send(plain, '/graphql/../orders'),
        send(plain, '/graphqlx'),
        { method: 'PUT', endpoint: '/graphql', data: plain },
        { method: 'DELETE', endpoint: '/graphql' },
      ],
    ],
  ])('refuses %s', async (_, calls) => {
    await allRefused(calls, graph);
  });

  it('lets queries through in all their forms', async () => {
    const queries = [
      '{a}',
      'query{a}',
      'query q($v:Int){a(v:$v)}',
      '{mutation:a}',
      '# mutation\n{a}',
      '{a(s:"mutation{b}")}',
      'query{...f} fragment f on T{x}',
      '{a @include(if:true)}',
      'query a{x} query b{y}',
    ];
    const calls = [
      ...queries.map((query) => send({ query, variables: { v: 1 }, operationName: null })),
      send([plain, { query: '{b}' }]),
      get('query=%7Ba%7D'),
      send(plain, '/'),
      send(plain, '/v1/graphql'),
      send(plain, '/api/graphql.json'),
    ];
    const { sent } = await ask(calls, graph);
    expect(sent).toHaveLength(calls.length);
  });
});
