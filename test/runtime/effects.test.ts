import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/domain/audit.ts';
import type { RunDetail } from '../../src/operations/views.ts';
import { type AmodalProcess, runAmodal, startAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const write = (endpoint: string) => ({
  toolCalls: [{ tool: 'request', input: { connection: 'shop', method: 'POST', endpoint, data: { sku: 'a1' } } }],
});

/** A run of three writes, one after the other; the second one is refused by the shop. */
async function shopping() {
  const shop = await stubServer(({ url }) =>
    url === '/orders/2' ? { status: 409, body: 'already ordered' } : { status: 201, body: '{"ok":true}' },
  );
  const dir = tempDir();
  writeFiles(dir, {
    'amodal.json': { name: 'shopping', models: { main: { provider: 'scripted' } } },
    'connections/shop/spec.json': { baseUrl: shop.url },
    'connections/shop/access.json': { endpoints: { 'POST /orders/{id}': { intent: 'write' } } },
    'automations/buy.json': { prompt: 'Buy.', writeEnabled: true, retry: { attempts: 3, backoffSeconds: [0] } },
    'automations/buy.script.json': {
      turns: [write('/orders/1'), write('/orders/2'), write('/orders/3'), { text: 'Bought.' }],
    },
  });
  return { dir, shop };
}

async function start(dir: string, fault?: string): Promise<AmodalProcess> {
  return startAmodal({ dir, port: await freePort(), env: fault ? { AMODAL_FAULT: fault } : {} });
}

function api(server: AmodalProcess, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, { ...init, headers: { authorization: `Bearer ${server.token()}` } });
}

async function trigger(server: AmodalProcess): Promise<string> {
  const answer = await api(server, '/api/automations/buy/trigger', { method: 'POST' });
  return ((await answer.json()) as { run: string }).run;
}

async function ended(server: AmodalProcess, run: string): Promise<RunDetail> {
  await (await api(server, `/api/runs/${run}/stream`)).text();
  return (await (await api(server, `/api/runs/${run}`)).json()) as RunDetail;
}

describe('the writes of a run whose process was killed', () => {
  it.each([
    ['tool.after-send:3', 3, 'it left, and its answer was never heard'],
    ['tool.before-send:3', 2, 'it was on record, and never left'],
  ])(
    '%s: each is applied, not applied or unknown, in the API and in the CLI (%s reached the shop: %s)',
    async (fault, sent) => {
      const { dir, shop } = await shopping();
      const first = await start(dir, fault);
      const run = await trigger(first);
      expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });
      expect(shop.requests.map(({ url }) => url)).toEqual(['/orders/1', '/orders/2', '/orders/3'].slice(0, sent));
      const second = await start(dir);
      const detail = await ended(second, run);
      expect(detail).toMatchObject({ status: 'failed', reason: 'interrupted', attempt: 0, interruptions: 1 });
      expect(detail.writes).toMatchObject([
        { operation: 'shop:POST /orders/1', call: '1.1', outcome: 'applied', status: 201, error: null },
        { operation: 'shop:POST /orders/2', call: '2.1', outcome: 'not_applied', status: 409 },
        { operation: 'shop:POST /orders/3', call: '3.1', outcome: 'unknown', status: null, error: null },
      ]);
      expect(detail.error).toContain('applied: shop:POST /orders/1 (1.1)');
      expect(detail.error).toContain('unknown: shop:POST /orders/3 (3.1)');
      const keys = detail.writes.map(({ idempotencyKey }) => idempotencyKey);
      expect(keys).toEqual([`${run}.1.1`, `${run}.2.1`, `${run}.3.1`]);
      expect(shop.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(keys.slice(0, sent));
      const { stdout } = await runAmodal(['--dir', dir, '--no-color', 'ops', 'runs', 'show', run]);
      expect(stdout).toContain(`  shop:POST /orders/1 [1.1]: applied (HTTP 201), key ${run}.1.1\n`);
      expect(stdout).toContain('  shop:POST /orders/2 [2.1]: not_applied (HTTP 409)');
      expect(stdout).toContain(`  shop:POST /orders/3 [3.1]: unknown, key ${run}.3.1\n`);
      await second.stop();
      expect(shop.requests).toHaveLength(sent);
    },
  );

  it('has each of them in the audit trail before it left, and the trail holds', async () => {
    const { dir, shop } = await shopping();
    const first = await start(dir, 'tool.after-send:3');
    const run = await trigger(first);
    await first.exited;
    const { stdout } = await runAmodal(['--dir', dir, 'ops', 'audit', 'export']);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditRecord);
    const writes = records.filter(({ run: of, action }) => of === run && action.startsWith('write.'));
    expect(writes.map(({ action, details }) => [action, details.operation, details.result])).toEqual([
      ['write.intent', 'shop:POST /orders/1', undefined],
      ['write.outcome', 'shop:POST /orders/1', 'applied'],
      ['write.intent', 'shop:POST /orders/2', undefined],
      ['write.outcome', 'shop:POST /orders/2', 'not_applied'],
      ['write.intent', 'shop:POST /orders/3', undefined],
    ]);
    expect(shop.requests).toHaveLength(3);
    expect((await runAmodal(['--dir', dir, 'ops', 'audit', 'verify'])).code).toBe(0);
  });
});
