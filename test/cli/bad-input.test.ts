import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { runAmodal, startAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

/** One broken file each, and what `amodal validate` says of it. */
const BROKEN: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  [
    'an unset variable',
    {
      'automations/a.json':
        '{\n  "prompt": "x",\n  "delivery": { "targets": [{ "type": "webhook", "url": "env:NOT_SET_URL" }] }\n}\n',
    },
    /automations\/a\.json:3:\d+ .*NOT_SET_URL.*(not set|unset)/,
  ],
  [
    'a cron field out of range',
    { 'automations/a.json': '{\n  "prompt": "x",\n  "schedule": "0 25 * * *"\n}\n' },
    /automations\/a\.json:3:15 schedule "0 25 \* \* \*": hour must be 0-23, got 25/,
  ],
  [
    'an unknown zone',
    { 'automations/a.json': '{\n  "prompt": "x",\n  "schedule": "0 5 * * *",\n  "timezone": "Europe/Londn"\n}\n' },
    /automations\/a\.json:4:15 timezone .*Europe\/Londn.*Europe\/London/,
  ],
  [
    'an unknown trigger',
    { 'automations/a.json': '{\n  "prompt": "x",\n  "trigger": "crn"\n}\n' },
    /automations\/a\.json:3:14 trigger.*cron.*crn/,
  ],
  [
    'an unknown target',
    {
      'automations/a.json':
        '{\n  "prompt": "x",\n  "delivery": { "targets": [{ "type": "webhok", "url": "https://x.example" }] }\n}\n',
    },
    /automations\/a\.json:3:\d+ .*webhok.*webhook/,
  ],
  ['an empty prompt', { 'automations/a.json': '{\n  "prompt": "  "\n}\n' }, /automations\/a\.json:2:13 prompt.*empty/],
  [
    'a schedule that never fires',
    { 'automations/a.json': '{\n  "prompt": "x",\n  "schedule": "0 0 30 2 *"\n}\n' },
    /automations\/a\.json:3:15 schedule "0 0 30 2 \*".*never/,
  ],
  [
    'a store key that names no field',
    {
      'stores/s.json':
        '{\n  "name": "s",\n  "entity": { "name": "S", "key": "{id}", "schema": { "name": { "type": "string" } } }\n}\n',
      'automations/a.json': { prompt: 'x' },
    },
    /stores\/s\.json:3:\d+ .*\{id\}|stores\/s\.json:3:\d+ .*"id"/,
  ],
  [
    'a connection without baseUrl',
    { 'connections/c/spec.json': '{\n  "headers": {}\n}\n', 'automations/a.json': { prompt: 'x' } },
    /connections\/c\/spec\.json:1:1 .*baseUrl/,
  ],
  [
    'a key that does not exist',
    { 'automations/a.json': '{\n  "promt": "x",\n  "schedule": "0 5 * * *"\n}\n' },
    /automations\/a\.json:2:3 .*promt.*prompt/,
  ],
  [
    'a key that stands twice',
    { 'automations/a.json': '{\n  "prompt": "x",\n  "prompt": "y"\n}\n' },
    /automations\/a\.json:3:3 .*prompt.*twice|automations\/a\.json:3:3 .*duplicate/i,
  ],
];

describe('amodal validate names file, line, column and the way out', () => {
  test.each(BROKEN)('%s', async (_, files, message) => {
    const dir = tempDir();
    writeFiles(dir, files);
    const { code, stdout, stderr } = await runAmodal(['--dir', dir, 'validate']);
    expect(stdout).toMatch(message);
    expect(`${stdout}${stderr}`).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
  });

  test('amodal start refuses with the same sentence and exit code 1, and runs the others with --allow-broken', async () => {
    const dir = tempDir();
    writeFiles(dir, { 'automations/bad.json': '{ "prompt": "" }', 'automations/good.json': { prompt: 'x' } });
    const refused = await runAmodal(['--dir', dir, 'start', '--port', '0']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/automations\/bad\.json:1:\d+ prompt/);
    expect(refused.stderr).toContain('--allow-broken');
    const runtime = await startAmodal({ dir, port: await freePort(), args: ['--allow-broken'] });
    const { stdout } = await runAmodal(['--dir', dir, 'ops', 'automations', 'list', '--json']);
    expect(
      (JSON.parse(stdout) as { name: string; status: string }[]).map(({ name, status }) => [name, status]),
    ).toEqual([
      ['bad', 'broken'],
      ['good', 'active'],
    ]);
    expect((await runtime.stop()).code).toBe(0);
  });
});

describe('what stands in the way of a start is said in a sentence', () => {
  const bundle = (): string => {
    const dir = tempDir();
    writeFiles(dir, { 'automations/a.json': { prompt: 'x' } });
    return dir;
  };

  test('the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await runAmodal(['--dir', bundle(), 'start', '--port', String(port)]);
    other.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`port ${port}.*in use`, 'i'));
    expect(stderr).toContain('--port');
  });

  test('another runtime holds the state: exit 3, and it is named', async () => {
    const dir = bundle();
    const runtime = await startAmodal({ dir, port: await freePort() });
    const { code, stderr } = await runAmodal(['--dir', dir, 'start', '--port', '0']);
    expect(code).toBe(3);
    expect(stderr).toContain(`pid ${runtime.pid}`);
    expect(stderr).toContain(runtime.url);
    await runtime.stop();
  });

  test('the state is unreadable', async () => {
    const dir = bundle();
    mkdirSync(join(dir, '.amodal'));
    writeFileSync(join(dir, '.amodal/amodal.db'), 'this is no database, it is a text of some length'.repeat(50));
    const { code, stderr } = await runAmodal(['--dir', dir, 'start', '--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/amodal\.db.*(cannot be read|not a database)/s);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('the state was written by a newer amodal', async () => {
    const dir = bundle();
    mkdirSync(join(dir, '.amodal'));
    const state = new Sqlite(join(dir, '.amodal/amodal.db'));
    state.pragma('user_version = 9999');
    state.close();
    const { code, stderr } = await runAmodal(['--dir', dir, 'start', '--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/newer amodal/);
    expect(stderr).toContain('9999');
  });

  test('a bind beyond loopback without a token', async () => {
    const { code, stderr } = await runAmodal(['--dir', bundle(), 'start', '--port', '0', '--host', '0.0.0.0']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/0\.0\.0\.0.*token/is);
  });

  test('DATABASE_URL asks for what is not there', async () => {
    const { code, stderr } = await runAmodal(['--dir', bundle(), 'start'], { env: { DATABASE_URL: 'postgres://x' } });
    expect(code).toBe(2);
    expect(stderr).toContain('DATABASE_URL');
  });

  test('an unknown command or option is a usage error with a suggestion', async () => {
    const { code, stderr } = await runAmodal(['ops', 'automations', 'lst']);
    expect(code).toBe(2);
    expect(stderr).toContain('list');
  });

  test('an unknown automation suggests the nearest', async () => {
    const dir = tempDir();
    writeFiles(dir, { 'automations/daily-digest.json': { prompt: 'x' } });
    const { code, stderr } = await runAmodal(['--dir', dir, 'ops', 'automations', 'show', 'dayly-digest']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/dayly-digest.*daily-digest/s);
  });
});

describe('models that cannot answer fail the run with a reason', () => {
  const KEY = 'sk-canary-0123456789abcdef';

  const runWith = async (model: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>>) => {
    const dir = tempDir();
    writeFiles(dir, {
      'amodal.json': { name: 'm', version: '1', models: { main: model } },
      'automations/a.json': { prompt: 'x', retry: { attempts: 1 } },
    });
    return runAmodal(['--dir', dir, 'ops', 'automations', 'trigger', 'a', '--wait', '--json'], { env });
  };

  test('no key is set: the variable is named', async () => {
    const { code, stdout, stderr } = await runWith({ provider: 'anthropic', model: 'claude-sonnet-4-5' }, {});
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).toContain('ANTHROPIC_API_KEY');
  });

  test('the provider refuses: its words are shown, the key in them is not, and nothing was asked before', async () => {
    const provider = await stubServer(() => ({
      status: 401,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}. Ask your administrator.` } }),
    }));
    const model = {
      provider: 'openai-compatible',
      model: 'gpt',
      baseUrl: `${provider.url}/v1`,
      credentials: { api_key: 'env:MODEL_KEY' },
    };
    const { code, stdout, stderr } = await runWith(model, { MODEL_KEY: KEY });
    expect(code).toBe(1);
    const run = JSON.parse(stdout) as { status: string; reason: string; error: string };
    expect(run).toMatchObject({ status: 'failed', reason: 'model_error' });
    expect(run.error).toContain('Ask your administrator');
    expect(`${stdout}${stderr}`).not.toContain(KEY);
    expect(provider.requests).toHaveLength(1);
  });
});
