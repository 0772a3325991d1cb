import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Change, Drift } from '../../../src/tools/drift/drift-job.ts';
import { compareOpenapi } from '../../../src/tools/drift/worker/compare-openapi.ts';

type Json = Readonly<Record<string, unknown>>;

const json = (schema: Json) => ({ content: { 'application/json': { schema } } });
const object = (properties: Json, required: readonly string[] = []) => ({ type: 'object', properties, required });

/** A description with one operation; each test changes what it is about. */
function api(operation: Json, more: Json = {}): string {
  return JSON.stringify({
    openapi: '3.1.0',
    info: { version: '1' },
    paths: { '/orders': { get: operation } },
    ...more,
  });
}

/** Every change as one line: `+` added, `-` removed, `~` changed, `!` breaking. */
function lines({ added, removed, changed }: Drift): readonly string[] {
  const line = (sign: string) => (change: Change) =>
    `${sign}${change.breaking ? '!' : ''} ${change.at}: ${change.what}`;
  return [...added.map(line('+')), ...removed.map(line('-')), ...changed.map(line('~'))];
}

const drift = (before: string, now: string) => lines(compareOpenapi(before, now));

describe('operations', () => {
  it('are the same when nothing has changed, in JSON and in YAML', () => {
    const text = api({ parameters: [{ name: 'limit', in: 'query' }], responses: { 200: json(object({ id: {} })) } });
    expect(drift(text, text)).toEqual([]);
    expect(drift(text, stringify(JSON.parse(text)))).toEqual([]);
  });

  it('come, go and are deprecated', () => {
    const before = JSON.stringify({ openapi: '3.0.0', paths: { '/a': { get: {}, post: {} }, '/b': { get: {} } } });
    const now = JSON.stringify({ openapi: '3.0.0', paths: { '/a': { get: { deprecated: true } }, '/c': { put: {} } } });
    expect(drift(before, now)).toEqual([
      '+ PUT /c: a new operation',
      '-! POST /a: an operation',
      '-! GET /b: an operation',
      '~ GET /a: it is deprecated now',
    ]);
  });

  it('are the same whatever the parameters of their paths are called', () => {
    const named = (name: string) =>
      JSON.stringify({
        openapi: '3.0.0',
        paths: { [`/orders/{${name}}`]: { get: { parameters: [{ name, in: 'path', required: true }] } } },
      });
    expect(drift(named('id'), named('orderId'))).toEqual([]);
  });

  it('that need credentials now break who has none', () => {
    expect(drift(api({}), api({ security: [{ key: [] }] }))).toEqual(['~! GET /orders: it needs credentials now']);
    expect(drift(api({}), api({}, { security: [{ key: [] }] }))).toEqual(['~! GET /orders: it needs credentials now']);
    expect(drift(api({}), api({ security: [{}, { key: [] }] }))).toEqual([]);
  });
});

describe('parameters', () => {
  const query = (...parameters: readonly Json[]) =>
    api({ parameters: parameters.map((one) => ({ in: 'query', ...one })) });

  it('that are new break a caller only when they are required', () => {
    expect(drift(query(), query({ name: 'page' }))).toEqual(['+ GET /orders: query parameter "page"']);
    expect(drift(query(), query({ name: 'page', required: true }))).toEqual([
      '+! GET /orders: query parameter "page", which is required',
    ]);
  });

  it('that go or become required break, that become optional do not', () => {
    expect(drift(query({ name: 'page' }), query())).toEqual(['-! GET /orders: query parameter "page"']);
    const [optional, required] = [query({ name: 'page' }), query({ name: 'page', required: true })];
    expect(drift(optional, required)).toEqual(['~! GET /orders: query parameter "page" is required now']);
    expect(drift(required, optional)).toEqual(['~ GET /orders: query parameter "page" is optional now']);
  });

  it('are taken from the path and by reference as well', () => {
    const shared = (parameters: readonly Json[]) =>
      JSON.stringify({
        openapi: '3.0.0',
        paths: { '/a': { parameters, get: {} } },
        components: { parameters: { page: { name: 'page', in: 'query', schema: { type: 'integer' } } } },
      });
    expect(drift(shared([]), shared([{ $ref: '#/components/parameters/page' }]))).toEqual([
      '+ GET /a: query parameter "page"',
    ]);
  });
});

describe('what a caller sends', () => {
  const body = (schema: Json, more: Json = {}) => api({ requestBody: { ...json(schema), ...more } });

  it.each<[string, Json, Json, readonly string[]]>([
    [
      'a new required field',
      object({}),
      object({ a: {} }, ['a']),
      ['+! GET /orders: field "a" of the body, which is required'],
    ],
    ['a new optional field', object({}), object({ a: {} }), ['+ GET /orders: field "a" of the body']],
    [
      'a field that is required now',
      object({ a: {} }),
      object({ a: {} }, ['a']),
      ['~! GET /orders: field "a" of the body is required now'],
    ],
    ['a field that is gone', object({ a: {} }), object({}), ['-! GET /orders: field "a" of the body']],
    ['a wider type', { type: 'integer' }, { type: 'number' }, ['~ GET /orders: the body was integer and is number']],
    [
      'a narrower type',
      { type: 'number' },
      { type: 'integer' },
      ['~! GET /orders: the body was number and is integer'],
    ],
    ['a value more', { enum: ['a'] }, { enum: ['a', 'b'] }, ['+ GET /orders: the body: the value "b"']],
    ['a value less', { enum: ['a', 'b'] }, { enum: ['a'] }, ['-! GET /orders: the body: the value "b"']],
    ['a tighter limit', { maxLength: 9 }, { maxLength: 5 }, ['~! GET /orders: the body: "maxLength" was 9 and is 5']],
    ['a looser limit', { minimum: 3 }, { minimum: 1 }, ['~ GET /orders: the body: "minimum" was 3 and is 1']],
    ['a pattern', {}, { pattern: '^a' }, ['~! GET /orders: the body: "pattern" was not set and is "^a"']],
    [
      'null refused',
      { type: ['string', 'null'] },
      { type: 'string' },
      ['~! GET /orders: the body was null or string and is string'],
    ],
    [
      'an alternative less',
      { oneOf: [{ type: 'string' }, { type: 'integer' }] },
      { oneOf: [{ type: 'string' }] },
      ['~! GET /orders: the body: the alternatives ("oneOf") have changed'],
    ],
  ])('%s', (_name, before, now, expected) => {
    expect(drift(body(before), body(now))).toEqual(expected);
  });

  it('as a body at all', () => {
    expect(drift(api({}), body({}, { required: true }))).toEqual(['+! GET /orders: a body, which is required']);
    expect(drift(body({}), api({}))).toEqual(['-! GET /orders: its body']);
  });
});

describe('what a caller gets', () => {
  const answer = (schema: Json) => api({ responses: { 200: json(schema) } });

  it.each<[string, Json, Json, readonly string[]]>([
    ['a new field', object({}), object({ a: {} }, ['a']), ['+ GET /orders: field "a" of answer 200']],
    ['a field that is gone', object({ a: {} }), object({}), ['-! GET /orders: field "a" of answer 200']],
    [
      'a field that may be missing now',
      object({ a: {} }, ['a']),
      object({ a: {} }),
      ['~! GET /orders: field "a" of answer 200 is optional now'],
    ],
    ['a wider type', { type: 'integer' }, { type: 'number' }, ['~! GET /orders: answer 200 was integer and is number']],
    [
      'a narrower type',
      { type: 'number' },
      { type: 'integer' },
      ['~ GET /orders: answer 200 was number and is integer'],
    ],
    [
      'null, as 3.0 says it',
      { type: 'string' },
      { type: 'string', nullable: true },
      ['~! GET /orders: answer 200 was string and is null or string'],
    ],
    [
      'a field deep inside',
      object({ items: { type: 'array', items: object({ total: { type: 'number' } }) } }),
      object({ items: { type: 'array', items: object({ total: { type: 'string' } }) } }),
      ['~! GET /orders: answer 200: items[].total was number and is string'],
    ],
  ])('%s', (_name, before, now, expected) => {
    expect(drift(answer(before), answer(now))).toEqual(expected);
  });

  it('by status and media type', () => {
    const before = api({ responses: { 200: { content: { 'text/csv': {}, 'application/json': {} } }, 404: {} } });
    const now = api({ responses: { 200: { content: { 'application/json': {} } }, 429: {} } });
    expect(drift(before, now)).toEqual([
      '+ GET /orders: answer 429',
      '-! GET /orders: answer 200 as text/csv',
      '- GET /orders: answer 404',
    ]);
  });

  it('through references, "allOf" and circles', () => {
    const tree = (extra: Json) => {
      const node = object({
        name: { type: 'string' },
        children: { type: 'array', items: { $ref: '#/components/schemas/Node' } },
      });
      const schemas = { Node: { allOf: [node, object(extra)] } };
      return api({ responses: { 200: json({ $ref: '#/components/schemas/Node' }) } }, { components: { schemas } });
    };
    expect(drift(tree({ size: {} }), tree({}))[0]).toBe('-! GET /orders: field "size" of answer 200');
  });
});

describe('Swagger 2', () => {
  it('is compared as what it means, also with OpenAPI 3', () => {
    const swagger = (properties: Json) =>
      JSON.stringify({
        swagger: '2.0',
        paths: {
          '/orders': {
            post: {
              consumes: ['application/json'],
              parameters: [{ in: 'body', name: 'order', required: true, schema: { $ref: '#/definitions/Order' } }],
              responses: { 201: { schema: { $ref: '#/definitions/Order' } } },
            },
          },
        },
        definitions: { Order: object(properties) },
      });
    expect(drift(swagger({ id: {}, note: {} }), swagger({ id: {} }))).toEqual([
      '-! POST /orders: field "note" of the body',
      '-! POST /orders: field "note" of answer 201',
    ]);
    const same = JSON.stringify({
      openapi: '3.0.0',
      paths: {
        '/orders': {
          post: {
            requestBody: { required: true, ...json(object({ id: {} })) },
            responses: { 201: json(object({ id: {} })) },
          },
        },
      },
    });
    expect(drift(swagger({ id: {} }), same)).toEqual([]);
  });
});

describe('a text that is no description', () => {
  it.each(['', '{}', '[]', 'null', 'hello', '<html>', '{"openapi":', 'a: [', 'a: &a [*a]'])('%j', (text) => {
    expect(() => compareOpenapi(api({}), text)).toThrow(/^the live description cannot be read: /);
  });

  it('may hold anything in its places', () => {
    const wild = [
      1,
      'x',
      null,
      true,
      [],
      [null],
      { $ref: '#/nowhere' },
      { $ref: 'http://evil.example/' },
      { $ref: '#/paths' },
    ];
    for (const value of wild) {
      for (const key of ['parameters', 'requestBody', 'responses', 'security', 'deprecated']) {
        expect(() => compareOpenapi(api({ [key]: value }), api({ responses: { 200: value } }))).not.toThrow();
      }
    }
    const names = '{"openapi":"3","paths":{"__proto__":{"get":{}},"/a":{"get":{"responses":{"constructor":{}}}}}}';
    expect(() => compareOpenapi(names, names)).not.toThrow();
    expect(({} as { get?: unknown }).get).toBeUndefined();
  });
});
