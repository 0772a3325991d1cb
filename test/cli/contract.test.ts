import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AmodalProcess, runAmodal, spawnAmodal, startAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { createSandbox } from '../support/sample-sandbox.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const LISTED = [
  'name',
  'title',
  'trigger',
  'schedule',
  'timezone',
  'status',
  'nextRun',
  'lastRun',
  'webhookUrl',
] as const;

const HISTORY = [
  'id',
  'status',
  'reason',
  'trigger',
  'startedAt',
  'durationMs',
  'attempt',
  'commit',
  'dirty',
  'usage',
  'costUsd',
  'deliveries',
] as const;

type Row = Readonly<Record<string, unknown>>;

/** One command whose standard output is JSON. */
async function json<Value>(dir: string, args: readonly string[]): Promise<Value> {
  const { code, stdout, stderr } = await runAmodal(['--dir', dir, ...args, '--json']);
  if (code !== 0) throw new Error(`amodal ${args.join(' ')} exited ${code}:\n${stderr}`);
  return JSON.parse(stdout) as Value;
}

const list = (dir: string) => json<readonly Row[]>(dir, ['ops', 'automations', 'list']);
const history = (dir: string, name: string) => json<readonly Row[]>(dir, ['ops', 'automations', 'history', name]);

function keysOf(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

async function started(dir: string): Promise<AmodalProcess> {
  return startAmodal({ dir, port: await freePort() });
}

describe.each(['with no server running', 'with a server running'])('the commands of the sample, %s', (place) => {
  it('keep their machine-readable shapes, run what is triggered and tell how it went', async () => {
    const { dir } = createSandbox();
    const server = place.startsWith('with a') ? await started(dir) : undefined;
    const rows = await list(dir);
    expect(keysOf(rows)).toEqual(expect.arrayContaining([...LISTED]));
    expect(rows.map(({ name }) => name)).toEqual([
      'commit-digest',
      'drift-detector',
      'incident-responder',
      'morning-brief',
    ]);
    expect(rows[0]).toMatchObject({
      trigger: 'cron',
      timezone: 'UTC',
      status: 'active',
      lastRun: null,
      webhookUrl: null,
    });
    expect(rows[2]).toMatchObject({ trigger: 'webhook', schedule: null, nextRun: null });
    expect(rows[2]?.webhookUrl).toMatch(/^https?:\/\/.*\/webhooks\/auto_[0-9a-z]+|^\/webhooks\/auto_[0-9a-z]+/);

    const triggered = await runAmodal(['--dir', dir, 'ops', 'automations', 'trigger', 'commit-digest', '--wait']);
    expect(triggered).toMatchObject({ code: 0 });
    const [newest] = await history(dir, 'commit-digest');
    expect(Object.keys(newest ?? {})).toEqual(expect.arrayContaining([...HISTORY]));
    expect(newest).toMatchObject({ status: 'succeeded', reason: null, trigger: 'manual', attempt: 1, dirty: true });
    expect(newest?.id).toMatch(/^run_/);
    expect(newest?.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(newest?.usage).toMatchObject({ inputTokens: expect.any(Number), outputTokens: expect.any(Number) });
    expect((await list(dir))[0]?.lastRun).toMatchObject({ id: newest?.id, status: 'succeeded' });

    await json(dir, ['ops', 'automations', 'pause', 'commit-digest', '--reason', 'holidays']);
    expect((await list(dir))[0]).toMatchObject({ status: 'paused', nextRun: null });
    await server?.stop();
    // A pause survives the process.
    expect((await list(dir))[0]).toMatchObject({ status: 'paused' });
    await json(dir, ['ops', 'automations', 'resume', 'commit-digest']);
    expect((await list(dir))[0]).toMatchObject({ status: 'active', nextRun: expect.any(String) });
  });

  it('exit 1 when the run that was waited for failed, and the record says why', async () => {
    const dir = tempDir();
    writeFiles(dir, {
      'amodal.json': { name: 'failing', version: '1' },
      'automations/broken.json': { prompt: 'x' },
      'automations/broken.script.json': { turns: [{ text: 'half an ans', finish: 'length' }] },
    });
    const server = place.startsWith('with a') ? await started(dir) : undefined;
    const { code, stdout } = await runAmodal([
      '--dir',
      dir,
      'ops',
      'automations',
      'trigger',
      'broken',
      '--wait',
      '--json',
    ]);
    expect(code).toBe(1);
    const run = JSON.parse(stdout) as Row;
    expect(run).toMatchObject({ status: 'failed', reason: 'output_limit' });
    const shown = await json<Row>(dir, ['ops', 'runs', 'show', String(run.id)]);
    expect(shown).toMatchObject({ id: run.id, status: 'failed', reason: 'output_limit' });
    const { stdout: logs } = await runAmodal(['--dir', dir, 'ops', 'runs', 'logs', String(run.id)]);
    expect(logs).toContain('half an ans');
    await server?.stop();
  });
});

describe('a server of the sample', () => {
  it('takes --dir, --port and --host, answers health, and a signed event with the run that it became', async () => {
    const { dir } = createSandbox();
    const server = await startAmodal({ dir, port: await freePort(), args: ['--host', '127.0.0.1'] });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const secret = /INCIDENT_WEBHOOK_SECRET=(.*)/.exec(readFileSync(join(dir, '.env'), 'utf8'))?.[1] ?? '';
    const body = JSON.stringify({ service: 'checkout', severity: 'high', summary: 'errors after the deploy' });
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    const rows = await list(dir);
    const url = String(rows.find(({ name }) => name === 'incident-responder')?.webhookUrl);
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signature };
    const response = await fetch(url, { method: 'POST', headers, body });
    const accepted = (await response.json()) as Row;
    expect(response.status).toBe(202);
    expect(accepted).toMatchObject({ run: expect.stringMatching(/^run_/), automation: 'incident-responder' });
    const logs = await runAmodal(['--dir', dir, 'ops', 'runs', 'logs', String(accepted.run), '--follow']);
    expect(logs.code).toBe(0);
    expect(logs.stdout).toContain('checkout');
    expect(await json(dir, ['ops', 'runs', 'show', String(accepted.run)])).toMatchObject({
      status: 'succeeded',
      refusals: 1,
      result: expect.stringContaining('checkout'),
    });
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('is alone with its state, and small while it has nothing to do', async () => {
    const { dir } = createSandbox();
    const first = await started(dir);
    const second = spawnAmodal({ dir, port: await freePort() });
    expect(await second.exited).toMatchObject({ code: 3 });
    expect(second.output()).toContain(String(first.pid));
    expect(second.output()).not.toMatch(/\n\s+at /);
    const rss = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${first.pid}/status`, 'utf8'))?.[1]) / 1024;
    process.stdout.write(`idle server of the sample: ${rss.toFixed(0)} MB RSS\n`);
    expect(rss).toBeLessThan(120);
    await first.stop();
  });

  it('reloads what is edited, and keeps the last good version of what is broken', async () => {
    const { dir } = createSandbox();
    const server = await startAmodal({ dir, port: await freePort(), mode: 'dev' });
    const file = join(dir, 'automations/commit-digest.json');
    const good = readFileSync(file, 'utf8');
    const titled = async (title: string) => {
      while ((await list(dir))[0]?.title !== title) expect(server.child.exitCode).toBeNull();
    };
    writeFileSync(file, good.replace(/"title": "[^"]*"/, '"title": "Edited"'));
    await titled('Edited');
    writeFileSync(file, good.replace(/"title": "[^"]*"/, '"title": "Broken", "schdule": "x"'));
    while (!server.output().includes('schdule')) await new Promise((resolve) => setImmediate(resolve));
    expect((await list(dir))[0]).toMatchObject({ title: 'Edited' });
    writeFileSync(file, good);
    await server.stop();
  });
});
