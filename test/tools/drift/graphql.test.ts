import { buildSchema, graphqlSync } from 'graphql';
import { describe, expect, it } from 'vitest';
import { INTROSPECTION_QUERY } from '../../../src/tools/drift/introspection-query.ts';
import { compareGraphql } from '../../../src/tools/drift/worker/compare-graphql.ts';

const BEFORE = `
type Query { order(id: ID!): Order, orders: [Order!]! }
type Order { id: ID!, total: Float!, note: String, state: State }
enum State { OPEN CLOSED }
input Filter { state: State }
`;

const NOW = `
type Query { order(id: ID!, currency: String!): Order, orders(first: Int): [Order!]! }
type Order { id: ID!, total: String!, state: State @deprecated(reason: "Use phase"), phase: Phase }
type Phase { name: String }
enum State { OPEN CLOSED LOST }
input Filter { state: State, since: String }
`;

/** What a server with this schema answers to our introspection. */
const introspected = (sdl: string) =>
  JSON.stringify(graphqlSync({ schema: buildSchema(sdl), source: INTROSPECTION_QUERY }));

describe('a GraphQL schema', () => {
  it('tells what came, went and changed, and what breaks', () => {
    const { added, removed, changed } = compareGraphql(BEFORE, NOW);
    expect(added.map(({ at, breaking }) => [at, breaking])).toEqual([
      ['Query.order', true],
      ['Query.orders', false],
      ['State', false],
      ['Filter', false],
      ['Order.phase', false],
      ['Phase', false],
    ]);
    expect(removed).toEqual([{ at: 'Order.note', what: 'Order.note was removed.', breaking: true }]);
    expect(changed).toEqual([
      { at: 'Order.total', what: 'Order.total changed type from Float! to String!.', breaking: true },
      { at: 'Order.state', what: 'it is deprecated now: Use phase', breaking: false },
    ]);
  });

  it('is the same as SDL and as the answer to an introspection', () => {
    for (const sdl of [BEFORE, NOW]) {
      expect(compareGraphql(sdl, introspected(sdl))).toEqual({ added: [], removed: [], changed: [] });
    }
    expect(compareGraphql(introspected(BEFORE), introspected(NOW))).toEqual(compareGraphql(BEFORE, NOW));
  });

  it.each(['', 'type', '{"data":{}}', '{"errors":[{"message":"no"}]}', '<html>'])(
    'that is none is told: %j',
    (text) => {
      expect(() => compareGraphql(BEFORE, text)).toThrow(/^the live schema cannot be read: /);
    },
  );
});
