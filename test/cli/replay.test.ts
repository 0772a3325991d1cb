import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunDetail } from '../../src/operations/views.ts';
import { runAmodal, startAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { type StubServer, stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const ORDER = {
  tool: 'request',
  input: { connection: 'shop', method: 'POST', endpoint: '/orders', data: { sku: 'green-apples' } },
};

/** A bundle whose run reads the stock, orders, and says how many there are. */
async function restock(more: Readonly<Record<string, unknown>> = {}) {
  const stock = { left: 3 };
  const shop = await stubServer(({ method }) =>
    method === 'GET'
      ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(stock) }
      : { status: 201, body: '{"order":17}' },
  );
  const sink = await stubServer();
  const dir = tempDir();
  writeFiles(dir, {
    'amodal.json': { name: 'restock', models: { main: { provider: 'scripted' } } },
    'connections/shop/spec.json': { baseUrl: shop.url },
    'connections/shop/access.json': { endpoints: { 'POST /orders': { intent: 'write' } } },
    'automations/restock.json': {
      prompt: 'Order what is missing for {{ params.team }}.',
      writeEnabled: true,
      delivery: { targets: [{ type: 'webhook', url: `${sink.url}/results` }] },
      ...more,
    },
    'automations/restock.script.json': {
      turns: [
        { toolCalls: [{ tool: 'request', input: { connection: 'shop', method: 'GET', endpoint: '/stock' } }] },
        { toolCalls: [ORDER] },
        { text: 'There were {{ results[0].left }} left.' },
      ],
    },
  });
  return { dir, shop, sink, stock };
}

async function cli(dir: string, ...args: readonly string[]) {
  const done = await runAmodal(['--dir', dir, ...args], { cwd: dir });
  return { ...done, run: <T = RunDetail>() => JSON.parse(done.stdout) as T };
}

async function triggered(dir: string): Promise<RunDetail> {
  writeFiles(dir, { 'event.json': { team: 'kitchen' } });
  const { run, code, stderr } = await cli(
    dir,
    'ops',
    'automations',
    'trigger',
    'restock',
    '--event',
    'event.json',
    '--json',
  );
  expect(code, stderr).toBe(0);
  return run();
}

const methods = ({ requests }: StubServer) => requests.map(({ method }) => method);

describe('amodal ops runs replay', () => {
  it('runs the old prompt again for real, whatever the file says now', async () => {
    const { dir, shop, sink } = await restock();
    const old = await triggered(dir);
    writeFiles(dir, {
      'automations/restock.json': { ...JSON.parse(JSON.stringify({ prompt: 'Do nothing.', writeEnabled: true })) },
    });
    const { run, code } = await cli(dir, 'ops', 'runs', 'replay', old.id, '--json');
    expect(code).toBe(0);
    expect(run()).toMatchObject({ replayOf: old.id, replayMode: 'live', captured: null, diff: null, event: old.event });
    expect(methods(shop)).toEqual(['GET', 'POST', 'GET', 'POST']);
    expect(sink.requests).toHaveLength(1);
    const { run: events } = await cli(dir, 'ops', 'runs', 'logs', run().id, '--json');
    const prompt = events<{ type: string; content: { user?: string } }[]>().find(({ type }) => type === 'prompt');
    expect(prompt?.content.user).toContain('Order what is missing for kitchen.');
  });

  it('--safe reads for real, and shows writes, deliveries and what differs instead of sending them', async () => {
    const { dir, shop, sink, stock } = await restock();
    const old = await triggered(dir);
    stock.left = 2;
    const { run, code } = await cli(dir, 'ops', 'runs', 'replay', old.id, '--safe', '--json');
    expect(code).toBe(0);
    expect(methods(shop)).toEqual(['GET', 'POST', 'GET']);
    expect(sink.requests).toHaveLength(1);
    const replay = run();
    expect(replay).toMatchObject({ status: 'succeeded', result: 'There were 2 left.', writes: [], deliveries: [] });
    expect(replay.captured).toMatchObject({
      writes: [{ tool: 'request', operation: 'shop:POST /orders', input: ORDER.input }],
      deliveries: [{ kind: 'result', target: 'webhook', payload: { result: 'There were 2 left.' } }],
    });
    expect(replay.diff).toMatchObject({
      same: false,
      status: { same: true },
      result: { before: 'There were 3 left.', after: 'There were 2 left.' },
      calls: [{ change: 'changed' }, { change: 'same', after: { outcome: 'captured' } }],
      deliveries: [{ change: 'changed', target: 'webhook', fields: ['result', 'text'] }],
    });
    const { stdout } = await cli(dir, '--no-color', 'ops', 'runs', 'show', replay.id);
    expect(stdout).toContain('Not written\n  shop:POST /orders');
    expect(stdout).toContain('    - There were 3 left.\n    + There were 2 left.');
    expect(
      await cli(dir, 'ops', 'audit', '--run', replay.id, '--json').then(({ stdout: audit }) => audit),
    ).not.toContain('write.intent');
  });

  it('--offline shows what the steps of a chain would write, from the record', async () => {
    const { dir, shop } = await restock();
    writeFiles(dir, {
      'tools/order_all/tool.json': {
        type: 'chain',
        description: 'Orders what is missing.',
        parameters: { type: 'object', properties: {} },
        steps: [
          { name: 'stock', tool: 'request', input: { connection: 'shop', method: 'GET', endpoint: '/stock' } },
          {
            name: 'order',
            tool: 'request',
            input: {
              connection: 'shop',
              method: 'POST',
              endpoint: '/orders',
              data: { left: '{{ steps.stock.left }}' },
            },
          },
        ],
      },
      'automations/restock.script.json': {
        turns: [{ toolCalls: [{ tool: 'order_all', input: {} }] }, { text: 'Order {{ results[0].order }}.' }],
      },
    });
    const old = await triggered(dir);
    await shop.close();
    const { run, code, stderr } = await cli(dir, 'ops', 'runs', 'replay', old.id, '--offline', '--json');
    expect(code, stderr).toBe(0);
    expect(run()).toMatchObject({
      result: 'Order 17.',
      captured: { writes: [{ call: '1.1.order', operation: 'shop:POST /orders', input: { data: { left: 3 } } }] },
      diff: { same: true },
    });
    expect(methods(shop)).toEqual(['GET', 'POST']);
  });

  it('--offline needs nothing but the record: the upstream may be gone', async () => {
    const { dir, shop, sink } = await restock();
    const old = await triggered(dir);
    await shop.close();
    await sink.close();
    rmSync(join(dir, 'automations/restock.script.json'));
    const { run, code, stderr } = await cli(dir, 'ops', 'runs', 'replay', old.id, '--offline', '--json');
    expect(code, stderr).toBe(0);
    expect(run()).toMatchObject({
      status: 'succeeded',
      result: 'There were 3 left.',
      usage: { totalTokens: 0 },
      costUsd: 0,
      captured: { writes: [{ operation: 'shop:POST /orders' }], deliveries: [{ target: 'webhook' }] },
      diff: { same: true },
    });
    expect(methods(shop)).toEqual(['GET', 'POST']);
    expect(sink.requests).toHaveLength(1);
    const { stdout } = await cli(dir, '--no-color', 'ops', 'runs', 'show', run().id);
    expect(stdout).toContain('Same calls, result and deliveries as the run that it repeats.');
  });

  it('--offline shows what the files of today would refuse', async () => {
    const { dir } = await restock();
    const old = await triggered(dir);
    writeFiles(dir, { 'automations/restock.json': { prompt: 'Order.', delivery: { targets: [{ type: 'log' }] } } });
    const { run } = await cli(dir, 'ops', 'runs', 'replay', old.id, '--offline', '--json');
    expect(run().refusals).toBe(1);
    expect(run().diff).toMatchObject({
      same: false,
      calls: [{ change: 'same' }, { change: 'changed', before: { outcome: 'ok' }, after: { outcome: 'refused' } }],
      deliveries: [
        { change: 'removed', target: 'webhook' },
        { change: 'added', target: 'log' },
      ],
    });
  });

  it('ends an offline replay as its record does', async () => {
    const { dir } = await restock({ limits: { maxSteps: 2 } });
    const { run: failed, code } = await cli(dir, 'ops', 'automations', 'trigger', 'restock', '--json');
    expect(code).toBe(1);
    expect(failed()).toMatchObject({ status: 'failed', reason: 'max_steps' });
    writeFiles(dir, { 'automations/restock.json': { prompt: 'Order.', writeEnabled: true } });
    const { run } = await cli(dir, 'ops', 'runs', 'replay', failed().id, '--offline', '--json');
    expect(run()).toMatchObject({ status: 'failed', reason: 'max_steps', diff: { status: { same: true } } });
  });

  it('keeps no prompts, arguments or results where the file says "recordTraffic": false, and then refuses --offline', async () => {
    const { dir, shop } = await restock({ recordTraffic: false });
    const old = await triggered(dir);
    const { stdout: record } = await cli(dir, 'ops', 'runs', 'logs', old.id, '--json');
    for (const text of ['kitchen', '"left"', 'green-apples', 'There were']) expect(record).not.toContain(text);
    expect(record).toContain('"recorded": false');
    const { code, stderr } = await cli(dir, 'ops', 'runs', 'replay', old.id, '--offline');
    expect(code).toBe(1);
    expect(stderr).toContain('was not recorded ("recordTraffic": false): replay it with --safe instead');
    expect((await cli(dir, 'ops', 'runs', 'replay', old.id, '--safe', '--json')).code).toBe(0);
    expect(methods(shop)).toEqual(['GET', 'POST', 'GET']);
  });

  it('takes one way at a time, of a run that there is', async () => {
    const { dir } = await restock();
    const both = await cli(dir, 'ops', 'runs', 'replay', 'run_1', '--safe', '--offline');
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("cannot be used with option '--offline'")]);
    const none = await cli(dir, 'ops', 'runs', 'replay', 'run_1', '--offline');
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('No run has the id "run_1"')]);
  });

  it('is the same through a server, and counts for nothing there: no alert, no pause, no last run', async () => {
    const { dir, shop } = await restock();
    const old = await triggered(dir);
    const server = await startAmodal({ dir, port: await freePort(), mode: 'dev' });
    const { run, code, stderr } = await cli(dir, 'ops', 'runs', 'replay', old.id, '--offline', '--wait', '--json');
    expect(code, stderr).toBe(0);
    expect(run()).toMatchObject({ replayMode: 'offline', diff: { same: true } });
    const refused = await fetch(`${server.url}/api/runs/${old.id}/replay`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token()}`, 'content-type': 'application/json' },
      body: '{"mode":"dry"}',
    });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('must be one of live, safe, offline');
    expect(methods(shop)).toEqual(['GET', 'POST']);
    await server.stop();
  });
});
