import { describe, expect, it } from 'vitest';
import { call, world } from '../../agent/session-world.ts';
import { shopDir, shopRows } from './ask-sql.ts';

const SHOP = { name: 'shop', protocol: 'sql', spec: { protocol: 'sql', driver: 'sqlite', file: 'shop.db' } } as const;

describe('a session with a database', () => {
  it('reads, and changes nothing even in a run that may write', async () => {
    const dir = shopDir();
    const before = shopRows(dir);
    const sql = (text: string, connection = 'shop') => call('sql_query', { connection, sql: text });
    const { run, results, requests } = world({
      connections: [SHOP],
      bundle: { dir },
      automation: { writeEnabled: true, writes: { operations: ['sql_query'] } },
      script: [
        {
          toolCalls: [sql('SELECT customer FROM orders LIMIT 1'), sql('DELETE FROM orders'), sql('SELECT 1', 'other')],
        },
        { text: 'done' },
      ],
    });
    await run();
    expect(results().map(({ isError }) => isError)).toEqual([false, true, true]);
    expect(results()[0]?.value).toEqual({ columns: ['customer'], rows: [['Ada']], rowCount: 1 });
    expect(shopRows(dir)).toEqual(before);
    expect(requests[0]?.system).toContain('## shop (a database, sqlite: with the tool "sql_query")');
    expect(requests[0]?.tools.map(({ name }) => name)).not.toContain('request');
  });

  it('asks only the connections of its automation', async () => {
    const { run, results } = world({
      connections: [SHOP, { ...SHOP, name: 'secret' }],
      bundle: { dir: shopDir() },
      automation: { connections: ['shop'] },
      script: [{ toolCalls: [call('sql_query', { connection: 'secret', sql: 'SELECT 1' })] }, { text: 'done' }],
    });
    await run();
    expect(results()[0]?.value).toContain('there is no connection "secret" for this run');
  });

  it('has no such tool without a database', async () => {
    const { run, requests } = world({ connections: [{ name: 'acme' }], script: [{ text: 'done' }] });
    await run();
    expect(requests[0]?.tools.map(({ name }) => name)).not.toContain('sql_query');
  });
});
