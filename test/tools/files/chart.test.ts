import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/domain/automation.ts';
import { testAutomation, testBundle } from '../../agent/session-world.ts';
import { stubServer } from '../../support/stub-server.ts';
import { filesWorld, type Made } from './files-world.ts';

const ROWS = [
  { region: 'North', sales: 12 },
  { region: 'South', sales: 30 },
  { region: 'Österreich', sales: 7 },
];
const SALES = { title: 'Sales by region', data: ROWS, mark: 'bar', x: 'region', y: 'sales' } as const;
const BARS = {
  data: { values: ROWS },
  mark: 'bar',
  encoding: { x: { field: 'region', type: 'nominal' }, y: { field: 'sales', type: 'quantitative' } },
} as const;

/** A regular expression that tries for ages. */
const ENDLESS = {
  ...BARS,
  transform: [{ calculate: "test(regexp('^(a+)+$'), 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')", as: 'region' }],
};

describe('chart', () => {
  it('draws rows as a PNG picture that is kept with the run', async () => {
    const { use, list } = await filesWorld();
    const made = await use('chart', SALES);
    expect(made.text).toMatch(/"filename":"Sales by region.png"/);
    const [width, height] = sizeOfPng(made);
    expect(width).toBeGreaterThan(1_000);
    expect(height).toBeGreaterThan(500);
    expect(await list()).toMatchObject([
      { id: made.value.file.id, filename: 'Sales by region.png', mediaType: 'image/png', kind: 'chart' },
    ]);
  });

  it('draws a Vega-Lite spec as SVG with its texts', async () => {
    const { use } = await filesWorld();
    const made = await use('chart', { title: 'Umsatz', spec: BARS, format: 'svg' });
    const svg = made.bytes.toString();
    expect(svg).toMatch(/^<svg /);
    for (const word of ['Umsatz', 'North', 'South', 'Österreich', 'sales']) expect(svg).toContain(word);
  });

  it('draws every mark of the short form', async () => {
    const { use } = await filesWorld();
    for (const mark of ['line', 'area', 'point', 'arc', 'tick', 'rect']) {
      const made = await use('chart', { ...SALES, title: mark, mark, format: 'svg' });
      expect(made.bytes.toString(), `${mark}: ${made.text}`).toContain('<path');
    }
  });

  it('draws the table that sql_query answers', async () => {
    const { use } = await filesWorld();
    const table = { columns: ['region', 'sales'], rows: [['North', 12]] };
    const made = await use('chart', { title: 'Sales', table, mark: 'bar', x: 'region', y: 'sales', format: 'svg' });
    expect(made.bytes.toString(), made.text).toContain('North');
  });

  it('draws the rows of a CSV file of the run', async () => {
    const { use, files } = await filesWorld();
    const csv = { filename: 'a.csv', mediaType: 'text/csv; charset=utf-8', kind: 'table' } as const;
    const saved = await files.saveFile(csv, Buffer.from('region,sales\r\nNorth,12\r\nSouth,30\r\n'));
    const file = saved.ok ? saved.file.id : '';
    const input = { title: 'Sales', file, mark: 'bar', x: 'region', y: 'sales', format: 'svg' };
    const made = await use('chart', input);
    expect(made.bytes.toString(), made.text).toContain('South');
    expect((await use('chart', { ...input, data: ROWS })).text).toMatch(/not two of them/);
    expect((await use('chart', { ...input, file: made.value.file.id })).text).toBe('Sales.svg is no CSV file');
    expect((await use('chart', { ...input, file: 'fi_other' })).text).toBe('this run has no file "fi_other"');
  });

  it('says which field no row has', async () => {
    const { use } = await filesWorld();
    const made = await use('chart', { ...SALES, y: 'revenue' });
    expect(made.text).toBe('no row of "data" has the field "revenue" of "y"');
  });

  it('writes no secret into a picture', async () => {
    const { use } = await filesWorld(testBundle({ env: { KEY: 'canary-1234567' } }));
    const made = await use('chart', { ...SALES, title: 'key canary-1234567', format: 'svg' });
    expect(made.bytes.toString()).toContain('[redacted:KEY]');
    expect(`${made.text}${made.bytes}`).not.toContain('canary-1234567');
  });
});

describe('chart reaches nothing outside of itself', () => {
  it.each([
    ['data by URL', (url: string) => ({ ...BARS, data: { url } })],
    ['data by URL in a layer', (url: string) => ({ layer: [{ ...BARS, data: { url } }] })],
    [
      'a look-up by URL',
      (url: string) => ({ ...BARS, transform: [{ lookup: 'a', from: { data: { url }, key: 'a' } }] }),
    ],
    [
      'an image mark',
      (url: string) => ({ ...BARS, mark: 'image', encoding: { ...BARS.encoding, url: { value: url } } }),
    ],
    [
      'an image mark with an expression',
      (url: string) => ({ ...BARS, mark: { type: 'image', url: { expr: `'${url}'` } } }),
    ],
    ['a link', (url: string) => ({ ...BARS, encoding: { ...BARS.encoding, href: { value: url } } })],
    ['a link in the mark', (url: string) => ({ ...BARS, mark: { type: 'bar', href: url } })],
    ['an image by config', (url: string) => ({ ...BARS, config: { mark: { href: url } } })],
    ['a plain Vega spec', (url: string) => ({ data: [{ name: 'a', url }], marks: [{ type: 'image' }] })],
  ])('%s', async (_, spec) => {
    const server = await stubServer();
    const { use, list } = await filesWorld();
    const made = await use('chart', { title: 'x', spec: spec(`${server.url}/leak`), format: 'svg' });
    expect(made.ok, made.text).toBe(false);
    expect(server.requests).toEqual([]);
    expect(await list()).toEqual([]);
  });

  it('a value that looks like a link is a text', async () => {
    const server = await stubServer();
    const { use } = await filesWorld();
    const data = [{ region: `${server.url}/leak`, sales: 1 }];
    const made = await use('chart', { ...SALES, data, format: 'svg' });
    expect(made.ok, made.text).toBe(true);
    expect(made.bytes.toString()).not.toMatch(/href|<image/);
    expect(server.requests).toEqual([]);
  });
});

describe('chart runs no code', () => {
  it.each([
    "constructor.constructor('return process')()",
    "datum.region.constructor.constructor('return process.exit(7)')()",
    "datum['__proto__']['constructor']('return 1')()",
    "event.view.constructor('return process')()",
    'process.exit(7)',
    "require('fs').readFileSync('/etc/passwd')",
    '(function(){return this})()',
    "this.constructor.constructor('return 1')()",
    "import('node:fs')",
  ])('%s', async (expression) => {
    const { use } = await filesWorld();
    const spec = { ...BARS, transform: [{ calculate: expression, as: 'region' }] };
    const made = await use('chart', { title: 'x', spec, format: 'svg' });
    expect(made.bytes.toString()).not.toMatch(/\[object process\]|root:x/);
    expect(made.text).not.toMatch(/root:x|amodal:/);
    if (!made.ok) expect(made.text).toMatch(/^no chart: (?!the worker ended)/);
  });

  it('expressions that only compute are drawn', async () => {
    const { use } = await filesWorld();
    const spec = { ...BARS, transform: [{ calculate: "upper(datum.region) + '!'", as: 'region' }] };
    const made = await use('chart', { title: 'x', spec, format: 'svg' });
    expect(made.bytes.toString()).toContain('NORTH!');
  });

  it('signals and parameters compute, too, and load nothing', async () => {
    const { use } = await filesWorld();
    const params = [
      { name: 'factor', value: 3 },
      { name: 'twice', expr: 'factor * 2' },
    ];
    const spec = { ...BARS, params, transform: [{ calculate: 'datum.sales * twice', as: 'sales' }] };
    const made = await use('chart', { title: 'x', spec, format: 'svg' });
    expect(made.ok, made.text).toBe(true);
    expect(made.bytes.toString()).toContain('180');
  });
});

describe('chart ends', () => {
  it('data over its bound is refused before anything is drawn', async () => {
    const { use } = await filesWorld();
    const data = Array.from({ length: 10_001 }, (_, n) => ({ region: n, sales: n }));
    expect((await use('chart', { ...SALES, data })).text).toMatch(/10001 rows are too many/);
    const spec = { ...BARS, data: { values: data } };
    expect((await use('chart', { title: 'x', spec })).text).toMatch(/10001 rows are too many/);
    const deep = JSON.parse(`${'{"layer":['.repeat(60)}{}${']}'.repeat(60)}`);
    expect((await use('chart', { title: 'x', spec: deep })).text).toMatch(/nested over 40 levels/);
  });

  it('data without end is refused, or killed with its process', async () => {
    const { use } = await filesWorld();
    for (const stop of [1e7, 1e9, 1e12]) {
      const made = await use('chart', { title: 'x', spec: { ...BARS, data: { sequence: { start: 0, stop } } } });
      expect(made.text).toMatch(/^no chart: (it needed too much memory|Invalid array length|it would be)/);
    }
  });

  it('an expression without end is killed with its process', async () => {
    const automation = testAutomation({ limits: { ...DEFAULT_LIMITS, toolTimeoutSeconds: 2 } });
    const { use } = await filesWorld(testBundle(), { automation });
    const began = performance.now();
    const made = await use('chart', { title: 'x', spec: ENDLESS });
    expect(made.text).toBe('no chart: it took longer than 2 s and was stopped: give it less data');
    expect(performance.now() - began).toBeLessThan(6_000);
  });

  it('is stopped at once with its run', async () => {
    const { use } = await filesWorld(testBundle(), { signal: AbortSignal.timeout(400) });
    const began = performance.now();
    expect((await use('chart', { title: 'x', spec: ENDLESS })).text).toBe('no chart: stopped with the call');
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  it('a picture larger than a page is refused', async () => {
    const { use } = await filesWorld();
    const made = await use('chart', { title: 'x', spec: { ...BARS, width: 100_000 } });
    expect(made.text).toMatch(/at most 4096 × 4096/);
  });
});

function sizeOfPng({ bytes, text }: Made): readonly [number, number] {
  expect(bytes.subarray(1, 4).toString(), text).toBe('PNG');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}
