import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openDatabase } from '../../../src/db/index.ts';
import { DEFAULT_LIMITS } from '../../../src/domain/automation.ts';
import { NO_FAULTS } from '../../../src/domain/ports/faults.ts';
import { createModels } from '../../../src/models/index.ts';
import { createHttpClient, createModelFetch } from '../../../src/net/index.ts';
import { openMcpTools } from '../../../src/tools/index.ts';
import { call, testAutomation, testBundle, world } from '../../agent/session-world.ts';
import { HOOK_SECRET, INSTANCE_SECRET, serverWorld, signedHook, TOKEN } from '../../server/world.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { stubServer } from '../../support/stub-server.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { fixture } from '../../tools/mcp/open-tools.ts';
import { ask, CANARY } from '../ask.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

const NO_TEMPLATES = { check: () => undefined, render: (text: string) => ({ ok: true, text }) as const };

export const secretCases: AttackCase[] = [];
const attack = attacksInto(secretCases);

attack('SEC-01', 'a credential that the upstream echoes comes back to nobody', async () => {
  const stub = await stubServer(({ headers, url }) =>
    url.endsWith('/bad') ? { status: 401, body: `bad key ${CANARY}` } : { body: JSON.stringify({ headers }) },
  );
  const { session } = await ask([{ endpoint: '/echo' }, { endpoint: '/bad' }], { stub });
  expect(stub.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${CANARY}`, `Bearer ${CANARY}`]);
  expect(JSON.stringify([session.requests, session.transcript, session.audit])).not.toContain('CANARY');
});

attack('SEC-03', 'redaction comes before the cut', async () => {
  const stub = await stubServer(() => ({ body: `${'x'.repeat(990)}${CANARY}` }));
  const limits = { ...DEFAULT_LIMITS, maxToolResultBytes: 1_000 };
  const { session } = await ask([{}], { stub, automation: { limits } });
  expect(JSON.stringify(session.requests)).not.toContain('CANARY');
});

attack(
  'SEC-05',
  'a server of tools gets the variables that its file names, and what it prints is redacted',
  async () => {
    const pids = join(tempDir(), 'pids');
    const session = world({
      env: { ACME_TOKEN: CANARY, SHOWN: 'CANARY-shown-99aabbcc' },
      connections: [
        { name: 'acme', auth: { type: 'bearer', token: 'env:ACME_TOKEN' } },
        fixture({ pids, complaint: 'CANARY-shown-99aabbcc' }, { readTools: ['show_env'], env: { GIVEN: 'env:SHOWN' } }),
      ],
      openTools: openMcpTools({ http: createHttpClient(), logger: { debug() {}, info() {}, warn() {}, error() {} } }),
      script: [{ toolCalls: [call('fix_show_env', {})] }, { text: 'done' }],
    });
    await session.run();
    const [result] = session.results();
    expect(result?.isError).toBe(false);
    const { env, cwd } = (result?.value ?? {}) as { env: Record<string, string>; cwd: string };
    expect(env.GIVEN).toBe('[redacted:SHOWN]');
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['ACME_TOKEN']));
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['VITEST']));
    expect(cwd).not.toContain('.amodal');
    expect(JSON.stringify([session.requests, session.transcript, session.audit])).not.toContain('CANARY');
  },
);

attack('SEC-07', "the provider's words about a key reach nobody", async () => {
  const provider = await stubServer(() => ({ status: 401, body: `{"error":{"message":"bad key ${CANARY}"}}` }));
  const log: unknown[] = [];
  const write = (...line: unknown[]) => void log.push(line);
  const logger = { debug: write, info: write, warn: write, error: write };
  const bundle = testBundle({ env: { KEY: CANARY } });
  const model = { provider: 'openai-compatible', model: 'm', baseUrl: provider.url, apiKey: 'env:KEY' } as const;
  const models = createModels({ fetch: createModelFetch(), clock: new FakeClock(), templates: NO_TEMPLATES, logger });
  const session = world({
    bundle: { secrets: bundle.secrets },
    script: [async (request, signal) => models(bundle, testAutomation({ model })).generate(request, signal)],
  });
  const { outcome } = await session.run();
  expect(provider.requests[0]?.headers.authorization).toBe(`Bearer ${CANARY}`);
  expect(outcome).toMatchObject({ type: 'failed', reason: 'model_error', error: expect.stringContaining('bad key') });
  expect(JSON.stringify([outcome, session.transcript, session.audit, log])).not.toContain('CANARY');
});

attack('SEC-09', 'no answer of the API holds a resolved secret', async () => {
  const { api, post, url } = await serverWorld({ automations: [signedHook()] });
  await post('/webhooks/hook', '{"a":1}');
  const paths = ['/api/automations', '/api/automations/hook', '/api/automations/hook/runs', '/api/openapi.json'];
  const runs = (await (await api('/api/automations/hook/runs')).json()) as { readonly id: string }[];
  const texts = await Promise.all(
    [...paths, `/api/runs/${runs[0]?.id}`, '/api/deliveries', '/api/nothing', '/metrics'].map(async (path) => {
      const response = await api(path);
      return JSON.stringify([...response.headers]) + (await response.text());
    }),
  );
  expect(texts.join('\n')).toContain('hook');
  for (const secret of [HOOK_SECRET, INSTANCE_SECRET, TOKEN]) expect(texts.join('\n')).not.toContain(secret);
  expect(await (await fetch(`${url}/api/automations`)).text()).not.toContain(HOOK_SECRET);
});

attack('SEC-11', 'the files of the state hold no secret and are for their owner alone', async () => {
  const stateDir = join(tempDir(), 'state');
  const database = await openDatabase({ stateDir, faults: NO_FAULTS, newId: (prefix) => `${prefix}_${randomUUID()}` });
  const env = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`SECRET_${at}`, `CANARY-${at}-5d41402abc4b2a76`]),
  );
  const echo = await stubServer(({ headers }) => ({ body: JSON.stringify({ headers, all: Object.values(env) }) }));
  for (let run = 0; run < 50; run += 1) {
    const session = world({
      database,
      env,
      connections: [{ baseUrl: echo.url, auth: { type: 'bearer', token: `env:SECRET_${run % 20}` } }],
      script: [
        {
          text: `${Object.values(env)}`,
          toolCalls: [call('request', { connection: 'acme', method: 'GET', endpoint: '/' })],
        },
        { text: `I saw ${Object.values(env).join(' ')}` },
      ],
    });
    await session.run();
  }
  expect(echo.requests).toHaveLength(50);
  const files = readdirSync(stateDir).filter((name) => name !== 'secret');
  expect(files).toContain('amodal.db');
  for (const name of files) expect(readFileSync(join(stateDir, name)).includes('CANARY')).toBe(false);
  await database.close();
  for (const name of files.filter((file) => existsSync(join(stateDir, file)))) {
    expect(readFileSync(join(stateDir, name)).includes('CANARY')).toBe(false);
    if (name !== '.gitignore') expect([name, statSync(join(stateDir, name)).mode & 0o077]).toEqual([name, 0]);
  }
  expect(statSync(stateDir).mode & 0o077).toBe(0);
});

attack('SEC-13', 'the API is closed without the token, and beyond loopback not opened at all', async () => {
  const { url } = await serverWorld({ automations: [signedHook()] });
  for (const path of ['/api/automations', '/api/runs/run_1', '/automations', '/api/stores', '/metrics']) {
    expect([path, (await fetch(url + path)).status]).toEqual([path, 401]);
  }
  for (const host of ['0.0.0.0', '::']) {
    await expect(serverWorld({ listen: { host, token: undefined } })).rejects.toMatchObject({ code: 'usage' });
  }
});
