import { describe, expect, it } from 'vitest';
import { testBundle } from '../../agent/session-world.ts';
import { shopDir } from '../sql/ask-sql.ts';
import { filesWorld } from './files-world.ts';
import { readXlsx } from './read-xlsx.ts';

async function shop() {
  const dir = shopDir();
  const spec = { protocol: 'sql', driver: 'sqlite', file: 'shop.db' };
  return filesWorld(testBundle({ connections: [{ name: 'shop', protocol: 'sql', spec }], bundle: { dir } }));
}

const MANY = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) SELECT i FROM n';

describe('sql_query with "save"', () => {
  it('keeps every row as CSV or Excel and shows the first ones', async () => {
    const { use, list } = await shop();
    const ask = { connection: 'shop', sql: 'SELECT customer, total, note FROM orders ORDER BY id' };
    const csv = await use('sql_query', { ...ask, save: 'csv', filename: 'Orders' });
    expect(csv.value).toMatchObject({
      rowCount: 3,
      rows: [
        ['Ada', 10.5, null],
        ['Bob', 20, 'late'],
        ['Cleo', 0.25, '<b>'],
      ],
    });
    expect(csv.bytes.toString()).toBe('customer,total,note\r\nAda,10.5,\r\nBob,20,late\r\nCleo,0.25,<b>\r\n');
    const xlsx = await use('sql_query', { ...ask, save: 'xlsx' });
    expect(readXlsx(xlsx.bytes).rows.map((row) => row.slice(0, 2))).toEqual([
      ['customer', 'total'],
      ['Ada', '10.5'],
      ['Bob', '20'],
      ['Cleo', '0.25'],
    ]);
    expect((await list()).map(({ filename, kind }) => `${filename} ${kind}`)).toEqual([
      'Orders.csv table',
      'shop.xlsx table',
    ]);
  });

  it('keeps 10,000 rows and says that there are more, which a chart can draw', async () => {
    const { use } = await shop();
    const made = await use('sql_query', { connection: 'shop', sql: MANY, save: 'csv' });
    expect(made.value).toMatchObject({ rowCount: 10_000, note: expect.stringContaining('there are more') });
    expect(made.value.rows).toHaveLength(5);
    expect(made.bytes.toString().split('\r\n')).toHaveLength(10_002);
    const chart = await use('chart', { title: 'i', file: made.value.file.id, mark: 'tick', x: 'i' });
    expect(chart.ok, chart.text).toBe(true);
  });

  it('is still refused where the statement writes', async () => {
    const { use, list } = await shop();
    expect((await use('sql_query', { connection: 'shop', sql: 'DELETE FROM orders', save: 'csv' })).ok).toBe(false);
    expect(await list()).toEqual([]);
  });
});
