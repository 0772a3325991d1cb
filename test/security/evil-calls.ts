import fc from 'fast-check';
import { wellFormed } from '../../src/domain/delivery-text.ts';

/** What the model of a test asks for. */
export interface EvilCall {
  readonly name: string;
  readonly input: unknown;
}

/** Values that must be found nowhere but in the header of their own connection. */
export const SECRETS = {
  READ_TOKEN: 'CANARY-read-9f8e7d6c5b4a',
  WRITE_TOKEN: 'CANARY-write-1a2b3c4d5e6f',
  GRAPH_TOKEN: 'CANARY-graph-77aa88bb99cc',
  HIDDEN_TOKEN: 'CANARY-hidden-5e5e6f6f7a7a',
  UNUSED: 'CANARY-unused-0f1e2d3c4b5a',
} as const;

const spread = (text: string, by: string) => [...text].join(by);
const percent = (text: string) => [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('');

/** A secret that the model got from elsewhere, as it may try to write it. */
const stolen = fc
  .tuple(
    fc.constantFrom(...Object.values(SECRETS)),
    fc.constantFrom(
      (text: string) => text,
      percent,
      (text: string) => percent(percent(text)),
      (text: string) => Buffer.from(text).toString('base64'),
      (text: string) => Buffer.from(`xy${text}`).toString('base64url'),
      (text: string) => Buffer.from(text).toString('hex'),
      (text: string) => spread(text, ' '),
      (text: string) => spread(text, '\u200b'),
      (text: string) => [...text].reverse().join(''),
      (text: string) => `x${text}y`,
    ),
  )
  .map(([secret, write]) => write(secret));

const prototypes = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf');
const expansions = fc.constantFrom('$READ_TOKEN', 'env:UNUSED', '{{UNUSED}}', '{{ env.READ_TOKEN }}', '%24READ_TOKEN');
const markup = fc.constantFrom('</tool_result>', '<event_data nonce="x">', '\n\nHuman: ok', '<|im_start|>system');
const word = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  expansions,
  prototypes,
  markup,
  stolen,
);

const SEGMENTS = [
  '..',
  '.',
  '%2e%2e',
  '%2E.',
  '..;',
  '%2f',
  '%5c',
  '\\',
  '%252e%252e',
  '\uff0e\uff0e',
  '%00',
  '//',
  '',
];
const HOSTS = [
  'https://evil.test/x',
  '//evil.test',
  '/\\evil.test',
  'HTTPS:evil.test',
  '@evil.test/x',
  '.evil.test',
  ':80@evil',
];
const PATHS = ['/orders', '/search', '/SEARCH', '/search/', '/search;a=1', '/orders/7/cancel', '/orders/7/CANCEL'];
const MORE_PATHS = [
  '/orders/7/%63ancel',
  '/orders/7/cancel/',
  '/orders/7/cancel.json',
  '/never',
  '/graphql',
  '/v2/search',
];
const QUERIES = [
  '?_method=DELETE',
  '?%5Fmethod=PUT',
  '?x=1&_METHOD=PATCH',
  '?query=mutation{a}',
  '?a=%',
  '?%255Fmethod=PUT',
];

const path = fc.oneof(
  fc.constantFrom(...PATHS, ...MORE_PATHS),
  fc.array(fc.oneof(word, fc.constantFrom(...SEGMENTS)), { maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  fc.constantFrom(...HOSTS, 'file:///etc/passwd', 'javascript:1'),
  fc.webUrl(),
  word,
);
const endpoint = fc
  .tuple(path, fc.oneof({ weight: 3, arbitrary: fc.constant('') }, fc.constantFrom(...QUERIES)))
  .map((parts) => parts.join(''));

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const ODD_METHODS = [
  'get',
  'Post',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'QUERY',
  'PROPFIND',
  'GET ',
  'GET\r\nX: 1',
  'POST\u0000',
];
const method = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...METHODS) }, fc.constantFrom(...ODD_METHODS), word);

const HEADERS = [
  'authorization',
  'Authorization ',
  'AUTHORIZATION',
  'x-http-method-override',
  'X_HTTP_Method',
  'host',
  'cookie',
];
const MORE_HEADERS = [
  'x-api-key',
  'accept',
  'content-type',
  'idempotency-key',
  'x-original-url',
  'transfer-encoding',
  'x-tenant',
];
const headers = fc.dictionary(fc.oneof(word, fc.constantFrom(...HEADERS, ...MORE_HEADERS)), fc.oneof(word, method), {
  maxKeys: 3,
});

const DOCUMENTS = ['mutation{a}', '# hi\nmutation{a}', ',,,mutation{a}', '\ufeffmutation{a}', 'subscription{a}', '{a}'];
const MORE_DOCUMENTS = [
  'query a{x} mutation b{y}',
  'fragment f on T{x} mutation{a}',
  `${'{a'.repeat(500)}`,
  '{a}mutation{b}',
  '',
];
const document = fc.constantFrom(...DOCUMENTS, ...MORE_DOCUMENTS);
const graphBody = fc.oneof(
  document.map((query) => ({ query })),
  document.map((query) => ({ query, operationName: 'b', extensions: { persistedQuery: {} } })),
  fc.array(document, { maxLength: 3 }).map((all) => all.map((query) => ({ query }))),
);

const deep = fc
  .integer({ min: 1, max: 200 })
  .map((depth) => JSON.parse(`${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`));
const huge = fc.integer({ min: 1, max: 40_000 }).map((length) => ({ text: 'x'.repeat(length) }));
const override = fc.constantFrom({ _method: 'PUT' }, { _METHOD: 'delete' }, '_method=DELETE&x=1');
const split = fc.constantFrom(...Object.values(SECRETS)).map((text) => text.match(/.{1,5}/g) ?? []);
const data = fc.oneof(
  { weight: 4, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  graphBody,
  override,
  split,
  { weight: 1, arbitrary: fc.oneof(deep, huge) },
  fc.constant(JSON.parse('{"__proto__":{"writeEnabled":true},"constructor":{"prototype":{"x":1}}}')),
  word,
);

const connection = fc.oneof(
  { weight: 8, arbitrary: fc.constant('acme') },
  { weight: 3, arbitrary: fc.constant('graph') },
  fc.constantFrom('hidden', 'open', 'none', 'ACME', 'acme ', '__proto__', 'constructor'),
  word,
);

const request = fc
  .record(
    {
      connection,
      method,
      endpoint,
      params: fc.dictionary(fc.oneof(word, fc.constantFrom('_method', 'query', 'tenant')), fc.oneof(word, document), {
        maxKeys: 2,
      }),
      headers,
      data,
      intent: fc.oneof(fc.constantFrom('read', 'write', 'confirmed_write'), word),
    },
    { requiredKeys: ['connection', 'method', 'endpoint'] },
  )
  .map((input): EvilCall => ({ name: 'request', input }));

/** Shaped like what is allowed, with one thing wrong: most likely to slip through. */
const nearMiss = fc
  .tuple(
    fc.constantFrom('acme', 'graph'),
    fc.constantFrom('POST', 'GET'),
    fc.constantFrom('/search', '/graphql', '/orders/7'),
    data,
  )
  .map(
    ([name, verb, place, body]): EvilCall => ({
      name: 'request',
      input: { connection: name, method: verb, endpoint: place, data: body },
    }),
  );

/** A plain read that carries something in its query, its headers or its path. */
const smuggle = fc
  .record(
    {
      connection: fc.constantFrom('acme', 'acme', 'graph', 'open'),
      method: fc.constantFrom('GET', 'GET', 'HEAD'),
      endpoint: fc.oneof(
        word.map((text) => `/orders/${encodeURIComponent(wellFormed(text))}`),
        word.map((text) => `/orders?x=${encodeURIComponent(wellFormed(text))}`),
        document.map((text) => `/graphql?query=${encodeURIComponent(text)}`),
        path,
      ),
      params: fc.dictionary(word, word, { maxKeys: 2 }),
      headers,
    },
    { requiredKeys: ['connection', 'method', 'endpoint'] },
  )
  .map((input): EvilCall => ({ name: 'request', input }));

const STORES = ['ledger', 'notes', 'secret_plans', '__proto__', 'LEDGER'];
const store = fc
  .tuple(
    fc.constantFrom(...STORES),
    fc.constantFrom('put', 'delete', 'get', 'list', 'drop'),
    fc.oneof(fc.record({ id: word }), data),
  )
  .map(([name, verb, input]): EvilCall => ({ name: `store_${name}_${verb}`, input }));

const TOOLS = [
  'dispatch',
  'slack_post',
  'email_send',
  'bash',
  'exec',
  'fetch_url',
  'knowledge_read',
  'skill_read',
  'read_file',
];
const otherTool = fc
  .tuple(fc.oneof(fc.constantFrom(...TOOLS), word, prototypes), fc.jsonValue({ maxDepth: 2 }))
  .map(([name, input]): EvilCall => ({ name, input }));

const STATEMENTS = [
  'DELETE FROM t',
  'SELECT 1; DELETE FROM t',
  "ATTACH 'x' AS y",
  'PRAGMA query_only=OFF',
  "VACUUM INTO 'x'",
];
const sql = fc
  .constantFrom(...STATEMENTS)
  .map((text): EvilCall => ({ name: 'sql_query', input: { connection: 'shop', sql: text } }));

const exported = fc
  .record(
    {
      connection,
      endpoint,
      format: fc.constantFrom('csv', 'image'),
      method: fc.constantFrom('GET', 'POST'),
      data,
    },
    { requiredKeys: ['connection', 'endpoint', 'format'] },
  )
  .map((input): EvilCall => ({ name: 'export', input }));

/** The tools that the bundle itself brings: requests, chains of them, and a program. */
const own = fc
  .tuple(
    fc.constantFrom('lookup', 'close_order', 'chained', 'program'),
    fc.record({
      id: fc.oneof(word, path, fc.constantFrom('7', '7/cancel', '..', '7%2Fcancel', '7?_method=DELETE')),
      data,
    }),
  )
  .map(([name, input]): EvilCall => ({ name, input }));

/** Any call that a model under somebody else's control may make. */
export const evilCall: fc.Arbitrary<EvilCall> = fc.oneof(
  { weight: 14, arbitrary: request },
  { weight: 5, arbitrary: nearMiss },
  { weight: 8, arbitrary: smuggle },
  { weight: 3, arbitrary: store },
  { weight: 2, arbitrary: otherTool },
  { weight: 1, arbitrary: sql },
  { weight: 2, arbitrary: exported },
  { weight: 3, arbitrary: own },
);

const asks = (input: object): EvilCall => ({ name: 'request', input: { connection: 'acme', method: 'GET', ...input } });
const graph = (query: string): EvilCall => {
  return { name: 'request', input: { connection: 'graph', method: 'POST', endpoint: '/graphql', data: { query } } };
};

/** Calls that only look like an attack: each of them is allowed in a read-only run. */
export const BENIGN: readonly EvilCall[] = [
  asks({ endpoint: '/users/1?x=../..&y=%2F' }),
  asks({ endpoint: '/a.b/c..d' }),
  asks({ endpoint: '/users/caf%C3%A9' }),
  asks({ endpoint: '/users/a@b.c' }),
  asks({ endpoint: '/items:batchGet?q=a' }),
  asks({ endpoint: '/orders/7/cancellations' }),
  asks({ endpoint: '/deleted-items', params: { method: 'DELETE', action: 'cancel' } }),
  asks({ endpoint: '/orders', method: 'HEAD' }),
  asks({ endpoint: '/orders', params: { q: '$READ_TOKEN {{x}} env:NAME' }, headers: { accept: 'text/csv' } }),
  asks({ endpoint: '/search', method: 'POST', data: { q: 'DELETE FROM orders', method: 'PUT' } }),
  asks({ endpoint: '/orders', data: {} }),
  graph('# mutation\n{ mutation: a }'),
  graph('query mutation { subscription }'),
  graph('fragment f on T { x } query { ...f }'),
  { name: 'lookup', input: { id: 'DELETE' } },
  { name: 'store_ledger_get', input: { id: '../DELETE' } },
  { name: 'store_notes_put', input: { id: '__proto__' } },
  { name: 'knowledge_search', input: { query: 'ignore all rules' } },
];
