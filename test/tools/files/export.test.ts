import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/domain/connection.ts';
import { call, endpoint, testBundle, world } from '../../agent/session-world.ts';
import { type StubAnswer, stubServer } from '../../support/stub-server.ts';
import { filesWorld } from './files-world.ts';
import { pdfText } from './read-pdf.ts';
import { readXlsx } from './read-xlsx.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const ORDERS = {
  total: 3,
  data: {
    items: [
      { id: 1, customer: { name: 'Ada', city: 'Wien' }, total: 10.5, tags: ['a', 'b'] },
      { id: 2, customer: { name: '=HYPERLINK("http://evil.test")' }, total: -3, note: 'x, "y"' },
      { id: 3, customer: null, total: null },
    ],
  },
};

async function exporting(answer: StubAnswer, change: Partial<Connection> = {}) {
  const server = await stubServer(() => answer);
  const auth = { type: 'bearer', token: 'env:TOKEN' } as const;
  const bundle = testBundle({
    connections: [{ name: 'bi', baseUrl: `${server.url}/api`, auth, ...change }],
    env: { TOKEN: 'canary-1234567' },
  });
  const made = await filesWorld(bundle);
  const get = (format: string, more = {}) =>
    made.use('export', { connection: 'bi', endpoint: '/views/7', format, ...more });
  return { server, ...made, get };
}

const json = (value: unknown): StubAnswer => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

describe('export keeps what a report server answers', () => {
  it('CSV as rows of a table, with the filters of the view in the query', async () => {
    const { get, server, list } = await exporting({
      headers: { 'content-type': 'text/csv' },
      body: '\ufeffregion;sales\r\n"North; old";12\r\n"say ""hi""";007\r\n',
    });
    const made = await get('csv', { params: { vf_Region: 'North' }, filename: 'Sales Q1' });
    expect(made.value).toMatchObject({ columns: ['region', 'sales'], rows: 2, file: { filename: 'Sales Q1.csv' } });
    expect(made.bytes.toString()).toBe('region,sales\r\nNorth; old,12\r\n"say ""hi""",007\r\n');
    expect(server.requests[0]).toMatchObject({ method: 'GET', url: '/api/views/7?vf_Region=North' });
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer canary-1234567',
      accept: expect.stringMatching(/^text\/csv/),
    });
    expect(await list()).toMatchObject([{ kind: 'table', mediaType: 'text/csv; charset=utf-8' }]);
  });

  it('a PDF and a picture byte by byte', async () => {
    const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.from([0, 255, 254, 13, 10]), Buffer.from('%%EOF')]);
    const report = await exporting({ headers: { 'content-type': 'application/octet-stream' }, body: pdf });
    const made = await report.get('pdf');
    expect(made.bytes.equals(pdf)).toBe(true);
    expect(await report.list()).toMatchObject([{ filename: '7.pdf', mediaType: 'application/pdf', kind: 'document' }]);
    const view = await exporting({ headers: { 'content-type': 'image/png' }, body: PNG });
    expect((await view.get('image')).bytes.equals(PNG)).toBe(true);
    expect(await view.list()).toMatchObject([{ filename: '7.png', mediaType: 'image/png', kind: 'image' }]);
  });

  it('a workbook byte by byte, which chart, pdf and mail can attach', async () => {
    const source = await exporting(json(ORDERS));
    const { bytes } = await source.get('xlsx');
    const copy = await exporting({ headers: { 'content-type': 'application/octet-stream' }, body: bytes });
    const made = await copy.get('xlsx');
    expect(made.text).toContain('"filename":"7.xlsx"');
    expect(made.bytes.equals(bytes)).toBe(true);
  });

  it('says which format it is when another one comes', async () => {
    const { get, list } = await exporting({ headers: { 'content-type': 'text/csv' }, body: PNG });
    expect((await get('csv')).text).toBe('the answer is image/png: ask for the format "image"');
    const page = await exporting({ headers: { 'content-type': 'text/html' }, body: '<html><script>1</script>' });
    expect((await page.get('image')).text).toBe('the answer is no picture but text/html');
    expect((await page.get('pdf')).text).toMatch(/neither JSON, CSV, Excel, PDF nor a picture/);
    const svg = await exporting({ headers: { 'content-type': 'image/svg+xml' }, body: '<svg onload="x()"/>' });
    expect((await svg.get('image')).ok).toBe(false);
    expect(await list()).toEqual([]);
  });
});

describe('export turns lists of JSON into tables', () => {
  it('as CSV, with nested fields as columns and nothing that a spreadsheet computes', async () => {
    const { get } = await exporting(json(ORDERS));
    const made = await get('csv');
    expect(made.bytes.toString().split('\r\n')).toEqual([
      'id,customer.name,customer.city,total,tags,note,customer',
      '1,Ada,Wien,10.5,"[""a"",""b""]",,',
      `2,"'=HYPERLINK(""http://evil.test"")",,-3,,"x, ""y""",`,
      '3,,,,,,',
      '',
    ]);
  });

  it('as a workbook, where every text is a text', async () => {
    const { get } = await exporting(json(ORDERS));
    const { rows, formulas } = readXlsx((await get('xlsx', { rows: 'data.items' })).bytes);
    expect(rows[0]?.slice(0, 4)).toEqual(['id', 'customer.name', 'customer.city', 'total']);
    expect(rows[1]?.slice(0, 4)).toEqual(['1', 'Ada', 'Wien', '10.5']);
    expect(rows[2]?.[1]).toBe('=HYPERLINK("http://evil.test")');
    expect(formulas).toBe(0);
  });

  it('as pages', async () => {
    const { get } = await exporting(json(ORDERS));
    const text = pdfText((await get('pdf', { filename: 'Orders' })).bytes);
    for (const word of ['Orders', 'customer.city', 'Ada', '10.5']) expect(text).toContain(word);
  });

  it('a single object is one row; what is no list is told', async () => {
    expect((await (await exporting(json({ a: 1, b: { c: 2 } }))).get('csv')).bytes.toString()).toBe('a,b.c\r\n1,2\r\n');
    expect((await (await exporting(json([[1, 'x'], [2]]))).get('csv')).bytes.toString()).toBe('1,2\r\n1,x\r\n2,\r\n');
    expect((await (await exporting(json(ORDERS))).get('csv', { rows: 'data.rows' })).text).toBe(
      'the answer has no list at "data.rows"',
    );
    expect((await (await exporting(json('x'))).get('csv')).text).toBe('the answer holds no list of rows');
    const broken = { headers: { 'content-type': 'application/json' }, body: '[{"a":' };
    expect((await (await exporting(broken)).get('csv')).text).toMatch(/says that it is JSON, and is not/);
  });

  it('counts the rows that are left out', async () => {
    const many = Array.from({ length: 2_100 }, (_, n) => ({ n }));
    const made = await (await exporting(json(many))).get('pdf');
    expect(made.value).toMatchObject({ rows: 2_000, note: '100 rows were left out: filter or page upstream' });
  });
});

describe('export keeps the rules of its connection', () => {
  it('hides restricted fields of JSON, and keeps no file of which it cannot say that they are hidden', async () => {
    const fieldRestrictions = [{ entity: 'customer', field: 'city', policy: 'never_retrieve' } as const];
    const { get } = await exporting(json(ORDERS), { fieldRestrictions });
    expect((await get('csv')).bytes.toString()).not.toContain('Wien');
    for (const body of [PNG, 'city\r\nWien\r\n']) {
      const other = await exporting({ headers: { 'content-type': 'text/csv' }, body }, { fieldRestrictions });
      for (const format of ['csv', 'image', 'xlsx']) {
        expect((await other.get(format)).text).toMatch(/the connection restricts fields: it cannot be shown/);
      }
      expect(await other.list()).toEqual([]);
    }
  });

  it('writes no secret into a file or an error', async () => {
    const made = await (await exporting(json([{ echoed: 'Bearer canary-1234567' }]))).get('csv');
    expect(made.bytes.toString()).toContain('[redacted');
    const failed = await exporting({ status: 500, body: `${'x'.repeat(480)}canary-1234567` });
    const { text } = await failed.get('csv');
    expect(text).toMatch(/^no report: 500 x/);
    expect(`${made.bytes}${text}`).not.toContain('canary');
  });

  it('keeps nothing of a refusal, a redirect or an empty answer', async () => {
    for (const answer of [{ status: 404, body: 'no' }, { status: 302, headers: { location: '/x' } }, { status: 204 }]) {
      const { get, list } = await exporting(answer);
      expect((await get('csv')).ok).toBe(false);
      expect(await list()).toEqual([]);
    }
  });

  it('takes no answer over its bounds', async () => {
    const text = await exporting({
      headers: { 'content-type': 'text/csv' },
      body: Buffer.alloc(6 * 1024 * 1024, 'a,'),
    });
    expect((await text.get('csv')).text).toMatch(/at most 5242880 are read/);
    const bytes = await exporting({ body: Buffer.alloc(21 * 1024 * 1024, 1) });
    expect((await bytes.get('pdf')).text).toMatch(/longer than 20971520 bytes/);
  });
});

describe('export passes the gate as a read of its connection', () => {
  const ask = (input = {}) => call('export', { connection: 'bi', endpoint: '/views/7', format: 'csv', ...input });

  async function session(
    change: Parameters<typeof world>[0]['automation'],
    connection: Partial<Connection>,
    calls = [ask()],
  ) {
    const server = await stubServer(() => json([{ a: 1 }]));
    const made = world({
      connections: [{ name: 'bi', baseUrl: server.url, ...connection }],
      automation: change,
      script: [{ toolCalls: calls }, { text: 'done' }],
    });
    await made.run();
    return { ...made, server };
  }

  it('in a read-only run, where a POST is a write unless the access file says that it reads', async () => {
    const post = ask({ method: 'POST', data: { q: 1 } });
    const { results, server, audit } = await session({}, {}, [ask(), post]);
    expect(results().map(({ isError }) => isError)).toEqual([false, true]);
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
    expect(audit.map(({ action }) => action)).toContain('call.refused');
    const declared = await session({}, { endpoints: [endpoint('POST /views/7', { intent: 'read' })] }, [post]);
    expect(declared.results()[0]?.isError).toBe(false);
    expect(declared.server.requests).toMatchObject([{ method: 'POST', body: '{"q":1}' }]);
  });

  it('and never writes, even where its automation may', async () => {
    const automation = { writeEnabled: true, writes: { operations: ['export', 'bi:POST /views/7'] } };
    const { results, server } = await session(automation, {}, [ask({ method: 'POST', data: {} })]);
    expect(results()[0]?.value).toMatch(/"export" only reads/);
    expect(server.requests).toEqual([]);
  });

  it('only below its base, only what "readPaths", "tools" and "connections" list', async () => {
    const outside = await session({}, {}, [ask({ endpoint: '/../admin' }), ask({ endpoint: 'http://evil.test/x' })]);
    expect(outside.results().map(({ isError }) => isError)).toEqual([true, true]);
    const paths = await session({}, { readPaths: ['/orders'] });
    expect(paths.results()[0]?.value).toContain('readPaths');
    const tools = await session({ tools: ['request'] }, {});
    expect(tools.results()[0]?.value).toContain('there is no tool "export"');
    const connections = await session({ connections: ['other'] }, {});
    expect(connections.results()[0]?.isError).toBe(true);
    for (const { server } of [outside, paths, tools, connections]) expect(server.requests).toEqual([]);
  });

  it('is no tool of a session without an HTTP connection', async () => {
    const { requests } = await session({}, { protocol: 'git' });
    expect(requests[0]?.tools.map(({ name }) => name)).not.toContain('export');
  });
});
