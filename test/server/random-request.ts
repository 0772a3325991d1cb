import fc from 'fast-check';
import { ROUTES } from '../../src/server/routes.ts';
import { TOKEN } from './world.ts';

const segment = fc.oneof(
  fc.constantFrom(
    'hook',
    'digest',
    'auto_',
    'test-bundle',
    'runs',
    'run_x',
    '%00',
    '%',
    '..',
    '.',
    '',
    '__proto__',
    'constructor',
  ),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
);
const path = fc.oneof(
  fc
    .constantFrom(...ROUTES.map((route) => route.path.replaceAll(/\{\w+\}/g, 'digest')))
    .filter((one) => !one.endsWith('/stream')),
  fc.array(segment, { maxLength: 5 }).map((segments) => `/webhooks/${segments.join('/')}`),
  fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`),
  fc.constant('/webhooks/hook'),
);
const query = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((text) => `?${text}`),
  fc.constantFrom('?limit=-1', '?limit=1e9', '?after=x', '?days=0', '?token=', '?wait=', '?status=dead'),
);
const header = fc.constantFrom(
  'content-type',
  'x-hub-signature-256',
  'content-encoding',
  'authorization',
  'prefer',
  'last-event-id',
  'idempotency-key',
  'x-forwarded-for',
  'host',
  'accept',
);
const value = fc.oneof(
  fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '')),
  fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'gzip',
    'identity',
    'wait=0',
    `Bearer ${TOKEN}`,
    'sha256=',
    'localhost',
    '::1, 10.0.0.1',
  ),
);
const body = fc.oneof(
  fc.constant(''),
  fc.json(),
  fc.string({ maxLength: 200 }),
  fc.constantFrom('payload=%7B', '{"__proto__":{"x":1}}', '[[[[', '{"wait":0,"event":{}}'),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
/** A request that somebody might make, at any path of ours or of nobody's. */
export const randomRequest = fc.record({
  method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'),
  path,
  query,
  headers: fc.dictionary(header, value, { maxKeys: 5 }),
  body,
  authorized: fc.boolean(),
  signs: fc.boolean(),
  chunked: fc.boolean(),
});
