import { parse } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildUrl, classifyAddress, urlProblem } from '../../src/net/index.ts';

const ENDPOINTS = 400_000;
const ADDRESSES = 50_000;

const BASES = [
  'https://api.acme.test/v2',
  'https://api.acme.test',
  'http://127.0.0.1:8080/a/b/',
  'https://api.acme.test/v2?k=1',
];
const MARKS = ['/', '\\', '.', '..', ';', '@', ':', '//', '?', '#', '&', '=', '%', '[', ']', '|', '^', '~', '+', ' '];
const ENCODED = [
  '%2e',
  '%2E',
  '%2f',
  '%2F',
  '%5c',
  '%5C',
  '%25',
  '%252e',
  '%00',
  '%0d%0a',
  '%09',
  '%c0%ae',
  '%e0%80%af',
  '%zz',
];
const WIDE = [
  '\uff0e',
  '\uff0f',
  '\u2024',
  '\u2215',
  '\u2028',
  '\ufeff',
  '\u200b',
  '\u00ad',
  '\u3002',
  '\t',
  '\n',
  '\r',
  '\0',
];
const WIDE_ENCODED = ['%EF%BC%8E', '%E2%88%95', '%EF%BC%8F', '%C2%AD'];
const WORDS = [
  'http:',
  'https://evil.test',
  'evil.test',
  'users',
  'a',
  '1',
  'v2',
  'localhost',
  '127.1',
  '0x7f.1',
  'x:80',
];

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...MARKS) },
  { weight: 4, arbitrary: fc.constantFrom(...ENCODED, ...WIDE_ENCODED) },
  { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.constantFrom(...WIDE) },
  { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
);
const endpoint = fc.array(piece, { maxLength: 7 }).map((parts) => parts.join(''));

/** Where a URL leads out of its base, as the most lenient reader may see it; undefined when no reader is led out. */
function wayOut(baseUrl: string, url: string): string | undefined {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  const start = base.origin + prefix;
  if (!url.startsWith(start) || !/^([/?]|$)/.test(url.slice(start.length))) return 'the text';
  const parsed = new URL(url);
  if (parsed.origin !== base.origin || parsed.username || parsed.password || parsed.hash) return 'the URL parser';
  const older = parse(url);
  if (older.host !== base.host || older.auth || older.protocol !== base.protocol) return 'the older parser';
  let path = url.slice(start.length).split('?')[0] ?? '';
  for (let round = 0; round < 5; round += 1) {
    if (path.split(/[/\\]/).some((part) => /^\.{1,2}(;|$)/.test(part.trim())))
      return `dot segments after ${round} decodings`;
    if (/[\p{Cc}\\]/u.test(path) || path.includes('//')) return `another path after ${round} decodings`;
    path = path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  return undefined;
}

it(`no endpoint of ${ENDPOINTS} leads out of its base`, () => {
  let accepted = 0;
  const started = performance.now();
  fc.assert(
    fc.property(fc.constantFrom(...BASES), endpoint, (baseUrl, given) => {
      const built = buildUrl({ baseUrl, endpoint: given });
      if (!built.ok) return;
      accepted += 1;
      const where = wayOut(baseUrl, built.url);
      if (where) throw new Error(`${JSON.stringify(given)} leads out of ${baseUrl} for ${where}: ${built.url}`);
    }),
    { numRuns: ENDPOINTS },
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`URL guard: ${ENDPOINTS} endpoints, ${accepted} accepted, 0 escapes; ${seconds} s\n`);
  expect(accepted).toBeGreaterThan(ENDPOINTS / 50);
}, 180_000);

it(`no spelling of ${ADDRESSES} addresses passes as another`, () => {
  const part = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(127, 10, 169, 254, 192, 168, 0, 1));
  const spell = fc.constantFrom(
    (value: number) => String(value),
    (value: number) => `0${value.toString(8)}`,
    (value: number) => `0x${value.toString(16)}`,
    (value: number) => `00${value}`,
  );
  const spelled = fc.tuple(part, spell).map(([value, write]) => write(value));
  const host = fc.oneof(
    fc.array(spelled, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    fc.integer({ min: 0, max: 0xffffffff }).map((value) => String(value)),
    fc.ipV4Extended(),
    fc.ipV6().map((address) => `[${address}]`),
    fc.tuple(part, part).map(([a, b]) => `[::ffff:${a}.0.0.${b}]`),
  );
  let accepted = 0;
  fc.assert(
    fc.property(host, (text) => {
      const url = `http://${text}/`;
      if (urlProblem(url) !== undefined) return;
      accepted += 1;
      const { hostname } = new URL(url);
      if (hostname !== text.toLowerCase()) throw new Error(`${text} passes and means ${hostname}`);
      const kind = classifyAddress(hostname.replace(/^\[|\]$/g, ''));
      if (kind === 'forbidden') throw new Error(`${text} passes and is never to be connected to`);
    }),
    { numRuns: ADDRESSES },
  );
  expect(accepted).toBeGreaterThan(0);
}, 120_000);
