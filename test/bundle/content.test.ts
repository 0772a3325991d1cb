import { describe, expect, it } from 'vitest';
import { loadBundle } from '../../src/bundle/index.ts';
import { formatDiagnostic, hasErrors } from '../../src/domain/diagnostic.ts';
import { keepLastGood } from '../../src/domain/last-good.ts';
import { rootDir } from '../support/root-dir.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';
import { load, messages, registries } from './load.ts';

describe('the sample bundle', () => {
  it('loads without a word when its secret is set', async () => {
    const env = { INCIDENT_WEBHOOK_SECRET: 'a secret that is long enough' };
    const { bundle, diagnostics } = await loadBundle({ dir: rootDir, env, registries });
    expect(diagnostics).toEqual([]);
    expect([...bundle.automations.keys()]).toEqual([
      'commit-digest',
      'drift-detector',
      'incident-responder',
      'morning-brief',
    ]);
    expect([...bundle.scripts.keys()].sort()).toEqual([...bundle.automations.keys()]);
    expect(bundle.connections.get('repository')?.protocol).toBe('git');
    expect(bundle.agents.get('historian')?.tools).toEqual(['request']);
  });
});

describe('a bundle', () => {
  it('may consist of automations alone', async () => {
    const { bundle } = await load({ 'automations/a.json': { prompt: 'x' } });
    expect(bundle.settings).toMatchObject({
      version: '0',
      timezone: 'UTC',
      concurrency: 10,
      queue: 10_000,
      models: {},
    });
    expect(bundle.automations.get('a')).toMatchObject({
      name: 'a',
      title: 'a',
      trigger: 'manual',
      maxParallel: 5,
      enabled: true,
    });
  });

  it('gives the defaults of amodal.json to every automation, field by field', async () => {
    const { bundle } = await load({
      'amodal.json': {
        timezone: 'Europe/Berlin',
        limits: { maxSteps: 5, concurrency: 3 },
        budget: { perRunUsd: 1 },
        delivery: { targets: [{ type: 'log' }], when: 'changed' },
        failureAlert: { after: 3, targets: [{ type: 'log' }] },
      },
      'automations/a.json': {
        prompt: 'x',
        limits: { timeoutSeconds: 9 },
        delivery: { template: 'x' },
        failureAlert: { cooldownMinutes: 5 },
      },
    });
    expect(bundle.settings.concurrency).toBe(3);
    expect(bundle.automations.get('a')).toMatchObject({
      limits: { maxSteps: 5, timeoutSeconds: 9, toolTimeoutSeconds: 60 },
      budget: { perRunUsd: 1 },
      delivery: { targets: [{ type: 'log', options: {} }], when: 'changed', template: 'x' },
      failureAlert: { after: 3, cooldownMinutes: 5, targets: [{ type: 'log' }], recovery: true },
    });
  });

  it('may stand below amodal/, with .env and amodal.json beside it', async () => {
    const { bundle, diagnostics } = await load({
      'amodal.json': { name: 'inner' },
      '.env': 'TOKEN=from-the-file-of-this\nOTHER=2\n',
      'amodal/automations/a.json': { prompt: 'x', connections: ['api'] },
      'amodal/connections/api/spec.json': { baseUrl: 'https://api.test', auth: { type: 'bearer', token: 'env:TOKEN' } },
    });
    expect(diagnostics).toEqual([]);
    expect(bundle.settings.name).toBe('inner');
    expect(bundle.root).toBe(`${bundle.dir}/amodal`);
    expect(bundle.automations.get('a')?.file).toBe('amodal/automations/a.json');
    expect(bundle.secrets.resolve('env:TOKEN')).toBe('from-the-file-of-this');
  });

  it('prefers the variables of the process to those of .env', async () => {
    const { bundle } = await load(
      { '.env': 'A=file\nB=file', 'automations/a.json': { prompt: 'x' } },
      { A: 'process' },
    );
    expect(bundle.secrets.variable('A')).toBe('process');
    expect(bundle.secrets.variable('B')).toBe('file');
    expect(bundle.secrets.variable('C')).toBeUndefined();
  });

  it('says that a folder is not there', async () => {
    await expect(loadBundle({ dir: '/nowhere/at/all', env: {}, registries })).rejects.toThrow(/is no folder/);
  });

  it('quarantines one broken file alone, with what is wrong with it', async () => {
    const { bundle } = await load({
      'automations/good.json': { prompt: 'x' },
      'automations/bad.json': '{ "prompt": ',
      'connections/bad/spec.json': {},
      'stores/bad.json': { key: '{id}', schema: {} },
      'stores/good.json': { key: '{id}', schema: { id: { type: 'string' } } },
    });
    expect([...bundle.automations.keys()]).toEqual(['good']);
    expect([...bundle.broken.keys()]).toEqual(['bad']);
    expect(bundle.broken.get('bad')?.diagnostics).toHaveLength(1);
    expect([...bundle.stores.keys()]).toEqual(['good']);
    expect(bundle.connections.size).toBe(0);
  });

  it('keeps the last good version of what breaks, and forgets what is deleted', async () => {
    const before = await load({ 'automations/a.json': { prompt: 'one' }, 'automations/b.json': { prompt: 'one' } });
    const after = await load({ 'automations/a.json': '{' });
    const kept = keepLastGood(before.bundle, after.bundle);
    expect([...kept.automations.keys()]).toEqual(['a']);
    expect(kept.automations.get('a')?.prompt).toBe('one');
    expect(kept.broken.has('a')).toBe(true);
  });

  it('does not break an automation because its connection is broken', async () => {
    const { bundle } = await load({
      'connections/api/spec.json': '{',
      'automations/a.json': { prompt: 'x', connections: ['api'] },
    });
    expect(bundle.automations.has('a')).toBe(true);
  });

  it('reads knowledge at any depth, skills and agents', async () => {
    const { bundle, diagnostics } = await load({
      'knowledge/a.md': '# Title of A\n\ntext',
      'knowledge/deep/er/b.md': '---\ntitle: B\n---\ntext',
      'skills/one/SKILL.md': 'Do it.\nWell.',
      'agents/two/AGENT.md': '---\nname: scout\ndescription: Looks around\nmodel: simple\n---\nLook.',
      'automations/a.json': { prompt: 'x', skills: ['one'], agents: ['scout'] },
    });
    expect(diagnostics).toEqual([]);
    expect(bundle.knowledge).toEqual([
      { path: 'a', title: 'Title of A', text: '# Title of A\n\ntext' },
      { path: 'deep/er/b', title: 'B', text: 'text' },
    ]);
    expect(bundle.skills.get('one')).toEqual({ name: 'one', description: 'Do it.', text: 'Do it.\nWell.' });
    expect(bundle.agents.get('scout')).toMatchObject({ description: 'Looks around', prompt: 'Look.', model: 'simple' });
  });

  it('reads scripts beside automations and in tests/, and leaves other programs alone', async () => {
    const { bundle, diagnostics } = await load({
      'automations/a.json': { prompt: 'x' },
      'automations/a.script.json': { turns: [{ text: 'hi' }] },
      'tests/a-more.json': { automation: 'a', turns: [{ text: 'again' }] },
      'tests/fixture.json': { some: 'fixture' },
    });
    expect([...bundle.scripts.keys()]).toEqual(['a', 'tests/a-more.json']);
    expect(diagnostics.map(({ severity, code, file }) => [severity, code, file])).toEqual([
      ['warning', 'not-a-script', 'tests/fixture.json'],
    ]);
  });

  it('has a hash that follows its files, and not its .env', async () => {
    const one = await load({ 'automations/a.json': { prompt: 'x' } });
    const same = await load({ 'automations/a.json': { prompt: 'x' }, '.env': 'A=1' });
    const other = await load({ 'automations/a.json': { prompt: 'y' } });
    expect(one.bundle.hash).toBe(same.bundle.hash);
    expect(one.bundle.hash).not.toBe(other.bundle.hash);
  });

  it('gives the same bundle when it is loaded again over the one before', async () => {
    const dir = tempDir();
    const files = {
      'automations/a.json': { prompt: 'x' },
      'automations/b.json': { prompt: 'x', shedule: 1 },
      'connections/api/spec.json': { baseUrl: 'https://a.test' },
    };
    writeFiles(dir, files);
    const first = await loadBundle({ dir, env: {}, registries });
    const again = await loadBundle({ dir, env: {}, registries, previous: first });
    expect(again.bundle.automations.get('a')).toBe(first.bundle.automations.get('a'));
    expect(again.diagnostics).toEqual(first.diagnostics);
    writeFiles(dir, {
      'connections/web/spec.json': { baseUrl: 'https://b.test' },
      'automations/b.json': { prompt: 'y', connections: ['web'] },
    });
    const edited = await loadBundle({ dir, env: {}, registries, previous: again });
    const fresh = await loadBundle({ dir, env: {}, registries });
    expect(edited.diagnostics).toEqual([]);
    expect(edited.bundle.automations).toEqual(fresh.bundle.automations);
    expect(edited.bundle.hash).toBe(fresh.bundle.hash);
  });

  it('is checked again when a variable appears', async () => {
    const dir = tempDir();
    writeFiles(dir, { 'automations/a.json': { prompt: 'x', webhookAuth: { type: 'github', secret: 'env:S' } } });
    const without = await loadBundle({ dir, env: {}, registries });
    expect(hasErrors(without.diagnostics)).toBe(true);
    writeFiles(dir, { '.env': 'S=a secret of some length' });
    const after = await loadBundle({ dir, env: {}, registries, previous: without });
    expect(after.diagnostics).toEqual([]);
    expect(after.bundle.automations.has('a')).toBe(true);
  });
});

describe('connections', () => {
  const connection = (files: Readonly<Record<string, unknown>>, env = {}) =>
    load(Object.fromEntries(Object.entries(files).map(([name, content]) => [`connections/api/${name}`, content])), env);

  it('are made of all their files', async () => {
    const { bundle, diagnostics } = await connection(
      {
        'spec.json': {
          baseUrl: 'env:URL',
          auth: { type: 'bearer', token: 'env:READ' },
          writeAuth: { type: 'bearer', token: 'env:WRITE' },
          format: 'graphql',
        },
        'access.json': {
          endpoints: {
            'POST /search': { intent: 'read' },
            'DELETE /x/{id}': {
              confirm: 'never',
              reason: 'no',
              thresholds: [{ field: 'a', above: 1, escalate: 'never' }],
            },
          },
          fieldRestrictions: [{ entity: 'person', field: 'email', policy: 'never_retrieve' }],
        },
        'surface.md': 'Surface.\n',
        'entities.md': 'Entities.',
        'rules.md': 'Rules.',
      },
      { URL: 'https://api.test', READ: 'token for reading', WRITE: 'token for writing' },
    );
    expect(diagnostics).toEqual([]);
    expect(bundle.connections.get('api')).toMatchObject({
      protocol: 'http',
      baseUrl: 'env:URL',
      format: 'graphql',
      auth: { type: 'bearer', token: 'env:READ' },
      writeAuth: { token: 'env:WRITE' },
      endpoints: [
        { method: 'POST', path: '/search', intent: 'read', confirm: false, returns: [], thresholds: [] },
        {
          method: 'DELETE',
          path: '/x/{id}',
          confirm: 'never',
          reason: 'no',
          thresholds: [{ field: 'a', above: 1, escalate: 'never' }],
        },
      ],
      fieldRestrictions: [{ entity: 'person', field: 'email', policy: 'never_retrieve' }],
      surface: 'Surface.',
      entities: 'Entities.',
      rules: 'Rules.',
    });
    expect(bundle.secrets.redact('x token for writing y token for reading')).toBe(
      'x [redacted:WRITE] y [redacted:READ]',
    );
    expect(bundle.secrets.redact('https://api.test')).toBe('https://api.test');
  });

  it('may have policy.json for access.json, not both', async () => {
    const older = await connection({
      'spec.json': { baseUrl: 'https://a.test' },
      'policy.json': { endpoints: { 'GET /x': {} } },
    });
    expect(older.bundle.connections.get('api')?.endpoints).toHaveLength(1);
    const both = await connection({ 'spec.json': { baseUrl: 'https://a.test' }, 'policy.json': {}, 'access.json': {} });
    expect(messages(both)).toEqual([
      'connections/api/policy.json:1:1 access.json and policy.json are the same file by two names: keep access.json',
    ]);
  });

  it('need a base URL', async () => {
    expect(messages(await connection({ 'spec.json': { format: 'rest' } }))).toEqual([
      'connections/api/spec.json:1:1 connection "api": "baseUrl" is missing: say where the API is, e.g. "https://api.example.com/v1" or "env:NAME"',
    ]);
  });

  it('need a spec.json', async () => {
    expect(messages(await connection({ 'surface.md': 'x' }))).toEqual([
      'connections/api/spec.json:1:1 the file is missing: without it the folder means nothing',
    ]);
  });

  it('name the variable of an unset base URL', async () => {
    expect(messages(await connection({ 'spec.json': { baseUrl: 'env:API_URL' } }))).toEqual([
      'connections/api/spec.json:2:14 baseUrl: the variable API_URL is not set: put API_URL=… into .env or the environment',
    ]);
  });

  it('refuse operations that match nothing', async () => {
    const endpoints = {
      'get /x': {},
      'GET x': {},
      'FETCH /x': {},
      'GET /a{b}': {},
      'GET /i/{a}': {},
      'GET /i/{b}': {},
    };
    const said = messages(
      await connection({ 'spec.json': { baseUrl: 'https://a.test' }, 'access.json': { endpoints } }),
    );
    expect(said.map((message) => message.replace(/^[^ ]+ /, ''))).toEqual([
      'endpoints."get /x": write the method as GET',
      'endpoints."GET x": expected "METHOD /path/{param}", got "GET x"',
      expect.stringMatching(/^endpoints\."FETCH \/x": "FETCH" is none of GET/),
      'endpoints."GET /a{b}": a parameter is a whole segment, such as /{id}, got "a{b}"',
      'endpoints."GET /i/{b}": is the same operation as "GET /i/{a}": keep one of them',
    ]);
  });

  it('speak other protocols', async () => {
    const { bundle, diagnostics } = await load({
      'amodal.json': { mcp: { servers: { tickets: { command: 'tickets-mcp' } } } },
      'connections/files/spec.json': { protocol: 'mcp', transport: 'stdio', command: 'files-mcp', args: ['x'] },
      'connections/warehouse/spec.json': { protocol: 'sql', driver: 'sqlite', file: 'x.db' },
      'connections/repo/spec.json': { protocol: 'git' },
    });
    expect(diagnostics).toEqual([]);
    expect([...bundle.connections.values()].map(({ name, protocol }) => [name, protocol])).toEqual([
      ['files', 'mcp'],
      ['repo', 'git'],
      ['warehouse', 'sql'],
      ['tickets', 'mcp'],
    ]);
    expect(bundle.connections.get('files')?.spec).toEqual({
      protocol: 'mcp',
      transport: 'stdio',
      command: 'files-mcp',
      args: ['x'],
    });
    const broken = await load({
      'connections/a/spec.json': { protocol: 'mcp' },
      'connections/b/spec.json': { protocol: 'sql', driver: 'postgres' },
    });
    expect(messages(broken)).toEqual([
      'connections/a/spec.json:1:1 expected either "command" or "url", got neither',
      'connections/b/spec.json:1:1 "url" is missing: driver "postgres" needs a connection URL',
    ]);
  });
});

describe('stores', () => {
  const store = (value: unknown) => load({ 'stores/notes.json': value });

  it('have an entity or are flat', async () => {
    const schema = {
      team: { type: 'string' },
      day: { type: 'datetime' },
      n: { type: 'number', min: 0, max: 9 },
      ok: { type: 'boolean', nullable: true },
      kind: { type: 'enum', values: ['a', 'b'] },
      tags: { type: 'array', item: { type: 'string' } },
      inner: { type: 'object', fields: { x: { type: 'ref', store: 'notes' } } },
    };
    const entity = await store({
      name: 'notes',
      entity: { name: 'note', key: '{team}/{day}', schema },
      ttl: '30d',
      history: { versions: 3 },
      automationWritable: true,
    });
    expect(entity.diagnostics).toEqual([]);
    expect(entity.bundle.stores.get('notes')).toEqual({
      name: 'notes',
      entity: 'note',
      key: '{team}/{day}',
      schema,
      indexed: [],
      ttlSeconds: 2_592_000,
      historyVersions: 3,
      shared: true,
      automationWritable: true,
    });
    const flat = await store({ key: '{team}', schema, indexed: ['kind'], ttl: 90 });
    expect(flat.bundle.stores.get('notes')).toMatchObject({
      key: '{team}',
      indexed: ['kind'],
      ttlSeconds: 90,
      automationWritable: false,
    });
  });

  it('have a key of fields that are there', async () => {
    const schema = {
      team: { type: 'string' },
      maybe: { type: 'string', nullable: true },
      list: { type: 'array', item: { type: 'string' } },
    };
    const said = async (key: string) => messages(await store({ key, schema })).join();
    expect(await said('{taem}/x')).toBe(
      'stores/notes.json:2:10 key: names the field "taem", which "schema" does not have: did you mean "team"?',
    );
    expect(await said('{maybe}')).toMatch(/which may be null: a key needs a value/);
    expect(await said('{list}')).toMatch(/which is of type array: a key needs a plain value/);
    expect(await said('fixed')).toMatch(/expected text with \{field\} parts, such as "\{team\}\/\{day\}", got "fixed"/);
  });

  it('say what is wrong with them', async () => {
    const said = async (value: unknown) => messages(await store(value)).join('\n');
    expect(await said({})).toMatch(/"key" and "schema" are missing, or an "entity" that has them/);
    expect(await said({ key: '{a}', schema: { a: { type: 'string' } }, ttl: 'soon' })).toMatch(
      /ttl: expected seconds or "90s"/,
    );
    expect(await said({ key: '{a}', schema: { a: { type: 'strng' } } })).toMatch(
      /expected string, .*got the text "strng": did you mean "string"\?/,
    );
    expect(await said({ key: '{a}', schema: { a: { type: 'ref', store: 'note' } } })).toMatch(
      /no store is called "note": did you mean "notes"\?/,
    );
    expect(await said({ name: 'My Notes', key: '{a}', schema: { a: { type: 'string' } } })).toMatch(
      /kebab or snake case/,
    );
    const entity = { name: 'n', key: '{a}', schema: { a: { type: 'string' } } };
    expect(await said({ entity, key: '{a}' })).toMatch(/key: stands in "entity" already/);
  });
});

describe('amodal.json', () => {
  const settings = (value: unknown, env = {}) =>
    load({ 'amodal.json': value, 'automations/a.json': { prompt: 'x' } }, env);

  it('names models and keeps their keys as references', async () => {
    const main = {
      provider: 'openai-compatible',
      model: 'm',
      baseUrl: 'http://127.0.0.1:1/v1',
      credentials: { api_key: 'env:KEY' },
      fallback: { provider: 'scripted' },
    };
    const { bundle, diagnostics } = await settings({ models: { main } }, { KEY: 'a key for the model' });
    expect(diagnostics).toEqual([]);
    expect(bundle.settings.models.main).toEqual({
      provider: 'openai-compatible',
      model: 'm',
      baseUrl: 'http://127.0.0.1:1/v1',
      apiKey: 'env:KEY',
      fallback: { provider: 'scripted', model: 'scripted' },
    });
  });

  it('says which key a model needs', async () => {
    const { diagnostics, bundle } = await settings({ models: { main: { provider: 'anthropic', model: 'x' } } });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'models.main: provider "anthropic" needs a key in ANTHROPIC_API_KEY, which is not set: put it into .env or the environment, or name another variable in "credentials": { "api_key": "env:NAME" }',
    ]);
    expect(bundle.automations.has('a')).toBe(true);
  });

  it.each([
    ['budget', { perRunUsd: '0.5' }],
    ['limits', { maxSteps: 'many' }],
    ['webhookRuns', { conections: ['crm'] }],
    ['models', { main: { provider: 'openai', modle: 'x' } }],
    ['memory', { enabled: 'no' }],
    ['recordTraffic', 'false'],
  ])('lets nothing run when it lost its %s to an error', async (key, value) => {
    const { bundle } = await settings({ [key]: value });
    expect(bundle.automations.size).toBe(0);
    expect(bundle.broken.get('a')?.diagnostics.map(formatDiagnostic)).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^amodal\\.json:.*${key}`))]),
    );
  });

  it('lets nothing run when it is no JSON', async () => {
    const { bundle } = await load({ 'automations/a.json': { prompt: 'Go' }, 'amodal.json': '{ "budget": { ' });
    expect([bundle.automations.size, bundle.broken.has('a')]).toEqual([0, true]);
  });

  it('keeps what it held runs to while it is broken', async () => {
    const whole = await settings({ budget: { perRunUsd: 1 }, webhookRuns: { tools: ['request'] } });
    const torn = await settings({ budget: { perRunUsd: 1 }, webhookRuns: { tool: ['request'] } });
    const kept = keepLastGood(whole.bundle, torn.bundle);
    expect(kept.automations.get('a')?.budget.perRunUsd).toBe(1);
    expect(kept.settings.webhookRuns).toEqual({ tools: ['request'] });
    expect(kept.broken.has('a')).toBe(true);
  });

  it('says what is wrong with it, and automations run all the same', async () => {
    const loaded = await settings({ timezone: 'Mars/North', server: { trustedProxies: ['x'] }, modles: {} });
    expect(messages(loaded)).toEqual([
      expect.stringMatching(/^amodal\.json:2:15 timezone "Mars\/North": expected an IANA name/),
      expect.stringMatching(/^amodal\.json:5:7 server\.trustedProxies\[0\]: expected a network/),
      'amodal.json:8:3 unknown key "modles": did you mean "models"?',
    ]);
    expect(loaded.bundle.settings.timezone).toBe('UTC');
    expect(loaded.bundle.automations.has('a')).toBe(true);
  });
});
