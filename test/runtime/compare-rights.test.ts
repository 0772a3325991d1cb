import { describe, expect, it } from 'vitest';
import { validate } from '../../src/runtime/validate.ts';
import { commitAll, git, gitRepository } from '../bundle/repository.ts';
import { writeFiles } from '../support/temp-dir.ts';

type Files = Readonly<Record<string, unknown>>;

const API = 'connections/crm/spec.json';
const ACCESS = 'connections/crm/access.json';
const DIGEST = 'automations/digest.json';
const HOOK = 'automations/hook.json';

const spec = { baseUrl: 'https://crm.example.com/v1', auth: { type: 'bearer', token: 'env:CRM_TOKEN' } };
const access = {
  endpoints: {
    'POST /orders': { confirm: 'review', thresholds: [{ field: 'amount', above: 100, escalate: 'never' }] },
    'GET /people/{id}': { returns: ['person'] },
    'GET /jobs/{id}': { confirm: 'never' },
  },
  readPaths: ['/people/{id}', '/orders'],
  rate: { perMinute: 10 },
  egress: 'public',
  fieldRestrictions: [{ entity: 'person', field: 'salary', policy: 'never_retrieve' }],
};
const digest = {
  prompt: 'Say.',
  schedule: '0 9 * * *',
  tools: ['request', 'store_*'],
  connections: ['crm'],
  skills: [],
  agents: [],
  writes: { maxPerRun: 2, operations: ['crm:POST /orders'] },
  limits: { maxSteps: 5 },
  budget: { perRunUsd: 1 },
  delivery: { targets: [{ type: 'webhook', url: 'https://chat.example.com/in' }] },
  failureAlert: { targets: [{ type: 'log' }] },
};
const hook = {
  prompt: 'Look.',
  webhookAuth: { type: 'github', secret: 'env:HOOK_SECRET' },
  webhook: {
    allowCIDRs: ['203.0.113.0/24'],
    events: ['issues.opened'],
    filter: { field: 'a', equals: 1 },
    rate: { perMinute: 5 },
  },
};
const server = {
  command: 'node',
  args: ['servers/fix.mjs'],
  toolsHash: `sha256:${'0'.repeat(64)}`,
  readTools: ['look'],
};
const settings = {
  name: 'x',
  models: { main: { provider: 'anthropic', model: 'claude-sonnet-4-5' } },
  budget: { per30DaysUsd: 20 },
  webhookRuns: { tools: ['request'], connections: [] },
  mcp: { servers: { fix: server } },
};
const handler = { type: 'handler', description: 'Counts.', env: { A: 'env:A_TOKEN' } };
const BASE: Files = {
  'amodal.json': settings,
  [API]: spec,
  [ACCESS]: access,
  [DIGEST]: digest,
  [HOOK]: hook,
  'connections/books/spec.json': { protocol: 'sql', driver: 'sqlite', file: 'books.db' },
  'connections/chat/spec.json': { protocol: 'slack', writeAuth: { type: 'bearer', token: 'env:SLACK_TOKEN' } },
  'connections/chat/access.json': { recipients: ['#ops'] },
  'stores/seen.json': { key: '{id}', schema: { id: { type: 'string' } } },
  'tools/tally/tool.json': handler,
  'tools/tally/handler.mjs': 'process.stdout.write("1");\n',
  'tools/find/tool.json': {
    type: 'http',
    description: 'Finds.',
    connection: 'crm',
    method: 'GET',
    endpoint: '/orders',
  },
  'agents/reader/AGENT.md': '---\ndescription: Reads.\ntools: [request]\n---\n\nRead.\n',
  'servers/fix.mjs': 'process.exit(0);\n',
};

/** The rights that a change of files widens and narrows, as "subject: right". */
async function changed(files: Files, base: Files = BASE) {
  const dir = gitRepository(base);
  writeFiles(dir, files);
  const { rights } = await validate({ dir, against: 'main' });
  const told = (list: NonNullable<typeof rights>['widened'] = []) =>
    list.map(({ subject, right }) => `${subject}: ${right}`);
  return { widened: told(rights?.widened), narrowed: told(rights?.narrowed), rights };
}

const endpoints = (more: object) => ({ [ACCESS]: { ...access, endpoints: { ...access.endpoints, ...more } } });
const without = <T extends object>(value: T, key: keyof T) => {
  const { [key]: _, ...rest } = value;
  return rest;
};
const mcp = (more: object) => ({ 'amodal.json': { ...settings, mcp: { servers: { fix: { ...server, ...more } } } } });

/** One change of files each, and what it widens. */
const WIDENED: readonly (readonly [title: string, files: Files, widened: readonly string[]])[] = [
  ['writeEnabled', { [DIGEST]: { ...digest, writeEnabled: true } }, ['automation digest: writeEnabled']],
  [
    'an allowed write',
    { [DIGEST]: { ...digest, writes: { maxPerRun: 2, operations: ['crm:POST /orders', 'crm:DELETE /orders/{id}'] } } },
    ['automation digest: writes.operations'],
  ],
  [
    'more writes of a run',
    { [DIGEST]: { ...digest, writes: { operations: ['crm:POST /orders'] } } },
    ['automation digest: writes.maxPerRun'],
  ],
  ['a tool', { [DIGEST]: { ...digest, tools: ['request', 'store_*', 'sql_query'] } }, ['automation digest: tools']],
  ['all connections', { [DIGEST]: without(digest, 'connections') }, ['automation digest: connections']],
  ['more steps', { [DIGEST]: { ...digest, limits: { maxSteps: 50 } } }, ['automation digest: limits.maxSteps']],
  ['no cap of cost', { [DIGEST]: without(digest, 'budget') }, ['automation digest: budget.perRunUsd']],
  [
    'another target',
    { [DIGEST]: { ...digest, delivery: { targets: [{ type: 'webhook', url: 'https://evil.example.net/in' }] } } },
    ['automation digest: delivery'],
  ],
  [
    'another path of the same host as a target',
    { [DIGEST]: { ...digest, delivery: { targets: [{ type: 'webhook', url: 'https://chat.example.com/other' }] } } },
    ['automation digest: delivery'],
  ],
  [
    'one more target of alerts, with a secret',
    {
      [DIGEST]: {
        ...digest,
        failureAlert: { targets: [{ type: 'log' }, { type: 'slack', channel: '#x', token: 'env:SLACK_TOKEN' }] },
      },
    },
    ['automation digest: failureAlert', 'automation digest: secrets'],
  ],
  ['egress', { [DIGEST]: { ...digest, allowEgress: ['crm'] } }, ['automation digest: allowEgress']],
  [
    'documents from outside',
    { [DIGEST]: { ...digest, acceptUntrusted: true } },
    ['automation digest: acceptUntrusted'],
  ],
  [
    'notes',
    { [DIGEST]: { ...digest, memory: { enabled: true, automationWritable: true } } },
    ['automation digest: memory.enabled', 'automation digest: memory.automationWritable'],
  ],
  ['records', { [DIGEST]: { ...digest, recordTraffic: false } }, ['automation digest: records nothing']],
  [
    'no signature',
    { [HOOK]: { prompt: hook.prompt, webhook: without(hook.webhook, 'events') } },
    ['automation hook: unsigned webhook', 'automation hook: webhookAuth', 'automation hook: webhook.events'],
  ],
  [
    'a signature of another kind',
    {
      [HOOK]: {
        ...hook,
        webhookAuth: { type: 'token', secret: 'env:HOOK_SECRET', header: 'X-Token' },
        webhook: without(hook.webhook, 'events'),
      },
    },
    ['automation hook: webhookAuth', 'automation hook: webhook.events'],
  ],
  [
    'another secret of a sender',
    { [HOOK]: { ...hook, webhookAuth: { ...hook.webhookAuth, secret: ['env:HOOK_SECRET', 'env:MINE'] } } },
    ['automation hook: webhookAuth secret', 'automation hook: secrets'],
  ],
  [
    'all networks',
    { [HOOK]: { ...hook, webhook: without(hook.webhook, 'allowCIDRs') } },
    ['automation hook: webhook.allowCIDRs'],
  ],
  [
    'all events',
    { [HOOK]: { ...hook, webhook: without(hook.webhook, 'events') } },
    ['automation hook: webhook.events'],
  ],
  ['no filter', { [HOOK]: { ...hook, webhook: without(hook.webhook, 'filter') } }, ['automation hook: webhook.filter']],
  [
    'a hook that is called more often',
    { [HOOK]: { ...hook, webhook: without(hook.webhook, 'rate') } },
    ['automation hook: webhook.rate', 'automation hook: webhook.rate burst'],
  ],
  [
    'prompts from outside',
    { [HOOK]: { ...hook, webhook: { ...hook.webhook, promptFrom: 'title' } } },
    ['automation hook: webhook.promptFrom'],
  ],
  ['another host', { [API]: { ...spec, baseUrl: 'https://evil.example.net/v1' } }, ['connection crm: baseUrl']],
  [
    'a header with a secret',
    { [API]: { ...spec, headers: { 'X-Extra': 'env:OTHER_TOKEN' } } },
    ['connection crm: headers X-Extra', 'connection crm: secrets'],
  ],
  [
    'another credential',
    { [API]: { ...spec, auth: { type: 'bearer', token: 'env:ROOT_TOKEN' } } },
    ['connection crm: auth', 'connection crm: secrets'],
  ],
  [
    'a credential for writes',
    { [API]: { ...spec, writeAuth: { type: 'bearer', token: 'env:CRM_TOKEN' } } },
    ['connection crm: writeAuth'],
  ],
  ['private networks', { [API]: { ...spec, allowPrivateNetwork: true } }, ['connection crm: allowPrivateNetwork']],
  ['a live description', { [API]: { ...spec, specUrl: 'https://evil.example.net/spec' } }, ['connection crm: specUrl']],
  ['a POST as a read', endpoints({ 'POST /search': { intent: 'read' } }), ['connection crm: POST /search']],
  ['a named write', endpoints({ 'DELETE /orders/{id}': {} }), ['connection crm: DELETE /orders/{id}']],
  [
    'no review',
    endpoints({ 'POST /orders': { ...access.endpoints['POST /orders'], confirm: false } }),
    ['connection crm: POST /orders'],
  ],
  ['a special case of what is never allowed', endpoints({ 'GET /jobs/7': {} }), ['connection crm: GET /jobs/7']],
  [
    'a higher bound',
    endpoints({
      'POST /orders': { confirm: 'review', thresholds: [{ field: 'amount', above: 1e6, escalate: 'never' }] },
    }),
    ['connection crm: POST /orders amount above (never)'],
  ],
  [
    'no bound',
    endpoints({ 'POST /orders': { confirm: 'review' } }),
    ['connection crm: POST /orders amount above (never)'],
  ],
  ['answers without an entity', endpoints({ 'GET /people/{id}': {} }), ['connection crm: GET /people/{id} returns']],
  [
    'no restriction of a field',
    { [ACCESS]: without(access, 'fieldRestrictions') },
    ['connection crm: fieldRestrictions', 'connection crm: GET /people/{id} returns'],
  ],
  ['all paths', { [ACCESS]: without(access, 'readPaths') }, ['connection crm: readPaths']],
  [
    'more calls',
    { [ACCESS]: { ...access, rate: { perMinute: 100 } } },
    ['connection crm: rate per minute', 'connection crm: rate burst'],
  ],
  ['what others can see', { [ACCESS]: without(access, 'egress') }, ['connection crm: egress']],
  [
    'a recipient',
    { 'connections/chat/access.json': { recipients: ['#ops', '#all'] } },
    ['connection chat: recipients'],
  ],
  [
    'another database',
    { 'connections/books/spec.json': { protocol: 'sql', driver: 'sqlite', file: 'all.db' } },
    ['connection books: file'],
  ],
  ['another command', mcp({ args: ['servers/fix.mjs', '--all'] }), ['connection fix: command']],
  [
    'a variable of a command',
    mcp({ env: { KEY: 'env:CRM_TOKEN' } }),
    ['connection fix: env KEY', 'connection fix: secrets'],
  ],
  ['a tool that is said to read', mcp({ readTools: ['look', 'delete'] }), ['connection fix: readTools']],
  ['a list of tools without a hash', mcp({ toolsHash: undefined }), ['connection fix: toolsHash']],
  ['the program of a server', { 'servers/fix.mjs': 'process.exit(1);\n' }, ['file servers/fix.mjs: content']],
  ['a program beside that of a server', { 'servers/more.mjs': '1;\n' }, ['file servers/more.mjs: content']],
  [
    'the program of a tool',
    { 'tools/tally/handler.mjs': 'process.stdout.write("2");\n' },
    ['file tools/tally/handler.mjs: content'],
  ],
  [
    'a program beside that of a tool',
    { 'tools/tally/lib/more.mjs': '1;\n' },
    ['file tools/tally/lib/more.mjs: content'],
  ],
  ['a tool that is said to read', { 'tools/tally/tool.json': { ...handler, effect: 'read' } }, ['tool tally: effect']],
  [
    'a variable of a tool',
    { 'tools/tally/tool.json': { ...handler, env: { ...handler.env, B: 'env:CRM_TOKEN' } } },
    ['tool tally: env B', 'tool tally: secrets'],
  ],
  [
    'another request of a tool',
    {
      'tools/find/tool.json': {
        type: 'http',
        description: 'Finds.',
        connection: 'crm',
        method: 'DELETE',
        endpoint: '/orders',
      },
    },
    ['tool find: request'],
  ],
  [
    'a store',
    { 'stores/seen.json': { key: '{id}', schema: { id: { type: 'string' } }, automationWritable: true } },
    ['store seen: automationWritable'],
  ],
  ['a sub-agent', { 'agents/reader/AGENT.md': '---\ndescription: Reads.\n---\n\nRead.\n' }, ['agent reader: tools']],
  [
    'runs that a webhook starts',
    { 'amodal.json': without(settings, 'webhookRuns') },
    ['bundle: webhookRuns.tools', 'bundle: webhookRuns.connections'],
  ],
  [
    'a budget for all',
    { 'amodal.json': { ...settings, budget: { per30DaysUsd: 500 } } },
    ['automation digest, hook: budget.per30DaysUsd'],
  ],
  [
    "another place of a model's API",
    {
      'amodal.json': {
        ...settings,
        models: { main: { ...settings.models.main, baseUrl: 'https://evil.example.net' } },
      },
    },
    ['bundle: models.main baseUrl'],
  ],
  [
    'a proxy',
    { 'amodal.json': { ...settings, server: { trustedProxies: ['10.0.0.0/8'] } } },
    ['bundle: server.trustedProxies'],
  ],
  ['variables in a file that Git has', { '.env': 'CRM_TOKEN=mine\n' }, ['file .env: content']],
];

describe('a change of files widens', () => {
  it.each(WIDENED)('%s', async (_, files, widened) => {
    expect((await changed(files)).widened).toEqual(widened);
  });
});

describe('what is the same or less', () => {
  it('widens nothing where prose, schedules and knowledge change', async () => {
    const files = {
      [DIGEST]: { ...digest, prompt: 'Say it well.', schedule: '0 10 * * *', owner: 'ops', tags: ['a'] },
      'knowledge/page.md': '# Page\n',
      'connections/crm/surface.md': 'Orders.',
      'README.md': 'Read.',
    };
    expect(await changed(files)).toMatchObject({ widened: [], narrowed: [] });
  });

  it('is told as narrowed, with the file', async () => {
    const { widened, narrowed, rights } = await changed({
      [DIGEST]: { ...digest, tools: ['request'], limits: { maxSteps: 3 }, delivery: { targets: [] } },
      [ACCESS]: { ...access, rate: { perMinute: 1 } },
      'amodal.json': without(settings, 'mcp'),
    });
    expect(widened).toEqual([]);
    expect(narrowed).toEqual(
      expect.arrayContaining([
        'automation digest: tools',
        'automation digest: limits.maxSteps',
        'automation digest: delivery',
        'connection crm: rate per minute',
        'connection fix: command',
      ]),
    );
    const steps = rights?.narrowed.find(({ right }) => right === 'limits.maxSteps');
    expect(steps).toEqual({
      file: DIGEST,
      line: 19,
      subject: 'automation digest',
      right: 'limits.maxSteps',
      before: '5',
      after: '3',
    });
    expect(rights?.narrowed.find(({ right }) => right === 'command')?.file).toBe('amodal.json');
  });
});

describe('a commit that cannot be compared well', () => {
  it('hides nothing: what is broken or missing there counts as new', async () => {
    const broken = await changed({ [DIGEST]: digest }, { ...BASE, [DIGEST]: '{"prompt": "Say.",' });
    expect(broken.widened).toEqual(
      expect.arrayContaining([
        'automation digest: trigger',
        'automation digest: writes.operations',
        'automation digest: tools',
        'automation digest: delivery',
      ]),
    );
    const missing = await changed(BASE, { 'README.md': 'Nothing yet.' });
    for (const right of [
      'connection crm: baseUrl',
      'connection fix: command',
      'file tools/tally/handler.mjs: content',
    ]) {
      expect(missing.widened).toContain(right);
    }
  });

  it('does not let a file through that is broken now', async () => {
    expect((await changed({ [DIGEST]: '{"writeEnabled": true,' })).widened).toEqual([`file ${DIGEST}: unreadable`]);
    expect((await changed({}, { ...BASE, [DIGEST]: '{' })).widened).toEqual([]);
  });

  it('is compared alone where the bundle is a folder of the repository', async () => {
    const dir = gitRepository({ 'bundle/automations/a.json': { prompt: 'x' }, 'automations/a.json': { prompt: 'x' } });
    writeFiles(dir, { 'bundle/automations/a.json': { prompt: 'x', writeEnabled: true }, 'automations/a.json': '{' });
    const { rights } = await validate({ dir: `${dir}/bundle`, against: 'HEAD' });
    expect(rights?.widened.map(({ file, right }) => [file, right])).toEqual([
      ['automations/a.json', 'writeEnabled'],
      ['automations/a.json', 'writes.operations'],
    ]);
  });

  it('is any commit that Git knows by a name', async () => {
    const dir = gitRepository({ 'automations/a.json': { prompt: 'x' } });
    git(dir, ['tag', 'v1']);
    writeFiles(dir, { 'automations/a.json': { prompt: 'x', acceptUntrusted: true } });
    const second = commitAll(dir, 'second');
    expect((await validate({ dir, against: 'v1' })).rights?.widened).toHaveLength(1);
    expect((await validate({ dir, against: second.slice(0, 10) })).rights?.widened).toEqual([]);
  });
});
