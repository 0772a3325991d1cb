import { rmSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/domain/audit.ts';
import { runAmodal, startAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const MODEL = { provider: 'openai-compatible', model: 'stub', price: { input: 1_000, output: 2_000 } };

/** A model server that answers every request with one text, for 100 tokens in and 50 out. */
async function modelStub(text: () => string) {
  return stubServer(() => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      id: 'c1',
      object: 'chat.completion',
      created: 1,
      model: 'stub',
      choices: [{ index: 0, message: { role: 'assistant', content: text() }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 },
    }),
  }));
}

async function given(automation: Readonly<Record<string, unknown>>, text = () => 'All is well.') {
  const [model, sink] = await Promise.all([modelStub(text), stubServer()]);
  const dir = tempDir();
  const target = (path: string) => ({ type: 'webhook', url: `${sink.url}/${path}` });
  writeFiles(dir, {
    'amodal.json': { name: 'records', models: { main: { ...MODEL, baseUrl: `${model.url}/v1` } } },
    'automations/digest.json': {
      prompt: 'Look around.',
      delivery: { targets: [target('results')] },
      failureAlert: { targets: [target('alerts')], include: ['budget'] },
      ...automation,
    },
  });
  const cli = async (...args: readonly string[]) => {
    const done = await runAmodal(['--dir', dir, '--no-color', ...args], { cwd: dir });
    return { ...done, json: () => JSON.parse(done.stdout) };
  };
  const trigger = () => cli('ops', 'automations', 'trigger', 'digest', '--json');
  return { dir, model, sink, cli, trigger };
}

describe('spend', () => {
  it('adds up to the 30-day budget, which then skips runs and alerts once', async () => {
    const { model, sink, cli, trigger } = await given({ budget: { per30DaysUsd: 0.3 } });
    expect((await trigger()).json()).toMatchObject({ status: 'succeeded', costUsd: 0.2 });
    expect((await trigger()).json()).toMatchObject({ status: 'succeeded', costUsd: 0.2 });
    const third = await trigger();
    expect(third.code).toBe(1);
    expect(third.json()).toMatchObject({ status: 'skipped', reason: 'budget', costUsd: 0 });
    expect((await trigger()).json()).toMatchObject({ status: 'skipped' });
    const alerts = sink.requests.filter(({ url }) => url === '/alerts').map(({ body }) => JSON.parse(body));
    expect(alerts.filter(({ text }) => text.includes('is skipped from now on'))).toHaveLength(1);
    const asked = model.requests.length;
    const { stdout } = await cli('ops', 'spend');
    expect(stdout).toMatch(/digest +2 +\d+ +\d+ +\d+ +\$0\.\d+/);
    expect(stdout).toMatch(/digest +\$0\.30 +\$0\.\d+ +\$0 /);
    const report = (await cli('ops', 'spend', '--by', 'model', '--days', '7', '--json')).json();
    expect(report).toMatchObject({ by: 'model', rows: [{ key: 'openai-compatible/stub', calls: asked, runs: 2 }] });
    expect((await cli('ops', 'spend', '--by', 'week')).code).toBe(2);
  });
});

describe('an offline replay of a run on a real provider', () => {
  it('needs neither the provider nor its key, costs nothing, and comes to the same', async () => {
    const { model, sink, cli, trigger } = await given({ budget: { perRunUsd: 1 } });
    const old = (await trigger()).json();
    await Promise.all([model.close(), sink.close()]);
    const spend = (await cli('ops', 'spend', '--json')).json().rows;
    const replay = await cli('ops', 'runs', 'replay', old.id, '--offline', '--json');
    expect(replay.code, replay.stderr).toBe(0);
    expect(replay.json()).toMatchObject({
      result: 'All is well.',
      costUsd: 0,
      captured: { deliveries: [{ kind: 'result', target: 'webhook' }] },
      diff: { same: true },
    });
    expect((await cli('ops', 'spend', '--json')).json().rows).toEqual(spend);
    expect(model.requests).toHaveLength(1);
    expect(sink.requests).toHaveLength(1);
  });
});

describe('a success contract', () => {
  it('keeps an empty result from the targets, and a failed one from success', async () => {
    const answers = ['{"findings":[]}', '{"findings":["disk"]}', 'nothing I can say in JSON'];
    let at = 0;
    const contract = { empty: 'suppress', schema: { type: 'object', required: ['findings'] } };
    const { sink, cli, trigger } = await given(
      { success: contract, failureAlert: { targets: [] } },
      () => answers[at] ?? '',
    );
    const quiet = await trigger();
    expect(quiet.json()).toMatchObject({ status: 'succeeded', deliveries: [] });
    expect((await cli('ops', 'runs', 'logs', quiet.json().id)).stdout).toContain('not delivered the result is empty');
    at = 1;
    expect((await trigger()).json()).toMatchObject({ status: 'succeeded', deliveries: [{ status: 'delivered' }] });
    at = 2;
    const unmet = await trigger();
    expect(unmet.code).toBe(1);
    expect(unmet.json()).toMatchObject({
      status: 'failed',
      reason: 'outcome_unmet',
      error: '"success.schema" is not met: the result is no JSON object',
    });
    expect(sink.requests.map(({ body }) => JSON.parse(body).status)).toEqual(['success', 'partial']);
  });
});

describe('notes', () => {
  it('are edited by people', async () => {
    const { dir, cli } = await given({ memory: { enabled: true } });
    expect((await cli('ops', 'memory', 'set', 'digest', 'known', 'the disk is slow')).stdout).toBe(
      'Noted: 21 bytes.\n',
    );
    const piped = await runAmodal(['--dir', dir, 'ops', 'memory', 'set', 'digest', 'long'], {
      input: 'line 1\nline 2\n',
    });
    expect(piped.code, piped.stderr).toBe(0);
    expect((await cli('ops', 'memory', 'list', 'digest')).stdout).toMatch(/known +21 +trusted +cli/);
    expect((await cli('ops', 'memory', 'show', 'digest', 'long')).stdout).toBe('line 1\nline 2\n\n');
    expect((await cli('ops', 'memory', 'delete', 'digest', 'long')).code).toBe(0);
    const missing = await cli('ops', 'memory', 'show', 'digest', 'long');
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('has no note "long"')]);
    expect((await cli('ops', 'memory', 'list', 'digest', '--json')).json()).toMatchObject([{ key: 'known' }]);
  });
});

describe('the audit trail', () => {
  it('tells of each bundle before it is in force, and of each delivery before it is sent', async () => {
    const { dir, sink, cli, trigger } = await given({});
    await trigger();
    await trigger();
    writeFiles(dir, { 'automations/second.json': { prompt: 'New.' } });
    await trigger();
    const server = await startAmodal({ dir, port: await freePort(), mode: 'dev' });
    writeFiles(dir, { 'automations/third.json': { prompt: 'Newer.' } });
    await expect
      .poll(async () => (await cli('ops', 'automations', 'list')).stdout, { timeout: 15_000 })
      .toContain('third');
    await server.stop();
    const records = (await cli('ops', 'audit', 'export')).stdout.trimEnd().split('\n');
    const trail = records.map((line) => JSON.parse(line) as AuditRecord);
    const loads = trail.filter(({ action }) => action === 'bundle.loaded').map(({ details }) => details);
    expect(loads.map(({ cause, automations, changed }) => [cause, automations, changed])).toEqual([
      ['command', 1, undefined],
      ['command', 2, undefined],
      ['dev', 2, undefined],
      ['reload', 3, ['third']],
    ]);
    const deliveries = trail.filter(({ action }) => action.startsWith('delivery.')).map(({ action }) => action);
    expect(deliveries).toEqual(sink.requests.flatMap(() => ['delivery.intent', 'delivery.attempt']));
    expect(sink.requests).toHaveLength(3);
  });

  it('is proved by the command line, and a cut end is found', async () => {
    const { dir, cli, trigger } = await given({});
    await trigger();
    const proof = await cli('ops', 'audit', 'verify');
    const head = /prove it later: (\d+:[0-9a-f]{64})/.exec(proof.stdout)?.[1] ?? '';
    expect(proof.code).toBe(0);
    expect((await cli('ops', 'audit', 'verify', '--expect', head)).code).toBe(0);
    const file = new SqliteDatabase(join(dir, '.amodal/amodal.db'));
    file.exec('DROP TRIGGER audit_kept; DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)');
    file.close();
    const cut = await cli('ops', 'audit', 'verify');
    expect(cut.code).toBe(1);
    expect(cut.stdout).toMatch(
      /^The chain is broken at record \d+: the trail ends here, and it went on to record \d+\.\n$/,
    );
    expect((await cli('ops', 'audit', 'verify', '--expect', 'nonsense')).code).toBe(2);
    rmSync(join(dir, '.amodal'), { recursive: true });
    const gone = await cli('ops', 'audit', 'verify', '--expect', head);
    expect([gone.code, gone.stdout]).toEqual([1, expect.stringContaining('The chain is broken at record 1')]);
  });
});
