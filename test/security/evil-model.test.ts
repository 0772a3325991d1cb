import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { type DocumentNode, Kind, parse } from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import { createSessionRunner } from '../../src/agent/index.ts';
import { createSecrets } from '../../src/bundle/index.ts';
import { openDatabase } from '../../src/db/index.ts';
import { DEFAULT_LIMITS } from '../../src/domain/automation.ts';
import { newAutomationState } from '../../src/domain/automation-state.ts';
import type { Database } from '../../src/domain/ports/database.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import type { Message, Model } from '../../src/domain/ports/model.ts';
import { createHttpClient } from '../../src/net/index.ts';
import { createTools } from '../../src/tools/index.ts';
import { call, endpoint, testAutomation, testBundle, tokens } from '../agent/session-world.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type StubRequest, type StubServer, stubServer } from '../support/stub-server.ts';
import { tempDir } from '../support/temp-dir.ts';
import { chainTool, handlerTool, httpTool, toolsOf } from '../tools/custom/handlers.ts';
import { BENIGN, type EvilCall, evilCall, SECRETS } from './evil-calls.ts';

/** Tool calls in all; a session is one run. */
const CALLS = 100_000;
const CALLS_PER_STEP = 32;
const STEPS_PER_SESSION = 40;
const SESSIONS = Math.ceil(CALLS / (CALLS_PER_STEP * STEPS_PER_SESSION));

const ROW = 'CANARY-row-c0ffee';
const ANSWER = 'CANARY-answer-beef';

/** Each secret as it is, backwards, in base64 and in hex. */
const FORMS = Object.values(SECRETS).flatMap((secret) => {
  const bytes = Buffer.from(secret);
  return [secret, [...secret].reverse().join(''), bytes.toString('base64').slice(0, -4), bytes.toString('hex')];
});

const CHAIN = ['GET', 'POST', 'DELETE'].map((method) => ({
  name: method.toLowerCase(),
  tool: 'request',
  input: { connection: 'acme', method, endpoint: '/orders', params: { q: '{{ input.id }}' } },
}));

interface Upstreams {
  readonly acme: StubServer;
  readonly graph: StubServer;
  readonly hidden: StubServer;
  readonly open: StubServer;
}

interface Seen {
  calls: number;
  refusals: number;
  sent: number;
  benign: number;
  benignPassed: number;
  /** Everything that broke the promise, in words. */
  readonly broken: string[];
}

/** One run of the evil model: each step is 31 generated calls and one that only looks evil. */
async function runEvil(
  steps: readonly (readonly EvilCall[])[],
  { at, seen, ...parts }: Parts & { readonly at: number; readonly seen: Seen },
) {
  const { database, upstreams } = parts;
  const clock = new FakeClock();
  const event =
    at % 2 === 0 ? undefined : ({ source: 'webhook', format: 'json', headers: {}, query: {}, body: '{}' } as const);
  const automation = testAutomation({
    connections: ['acme', 'graph', 'open', 'shop'],
    limits: { ...DEFAULT_LIMITS, maxSteps: 1_000, maxRequests: 100_000, maxBytesOut: 1_000_000_000 },
  });
  const bundle = evilBundle(upstreams);
  const id = `run_${randomUUID()}`;
  const trigger = event ? 'webhook' : 'manual';
  const row = {
    id,
    automation: automation.name,
    trigger,
    event,
    requestedBy: 'test',
    maxActive: 1_000,
    overlap: 'parallel',
  } as const;
  await database.enqueueRun(row, {}, clock.now());
  const claimed = await database.claimRun({ owner: 'test', leaseMs: 3_600_000, run: id }, clock.now());
  if (!claimed) throw new Error('the run could not be claimed');
  const told: Message[][] = [];
  const record: unknown[] = [];
  const runSession = createSessionRunner({
    models: () => evilModel(steps, told),
    tools: parts.tools,
    templates: () => Promise.reject(new Error('no template was expected')),
    clock,
    database,
    faults: NO_FAULTS,
    nonce: randomUUID,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const { outcome, figures } = await runSession({
    claimed: { ...claimed, event, state: newAutomationState(automation.name) },
    bundle,
    automation,
    signal: new AbortController().signal,
    record: async (entries) => void record.push(...entries),
  });
  seen.calls += figures.toolCalls;
  seen.refusals += figures.refusals;
  judgeSession({ outcome, figures, told, record, audit: await database.listAudit({ run: id, limit: 10_000 }) }, seen);
  judgeUpstreams(upstreams, seen, event !== undefined);
}

interface Parts {
  readonly database: Database;
  readonly upstreams: Upstreams;
  readonly tools: ReturnType<typeof createTools>;
}

function evilBundle({ acme, graph, hidden, open }: Upstreams) {
  const bearer = (token: string) => ({ type: 'bearer', token: `env:${token}` }) as const;
  return testBundle({
    stores: [{ name: 'ledger' }, { name: 'notes', automationWritable: true }],
    bundle: {
      secrets: createSecrets({ env: SECRETS, used: Object.keys(SECRETS) }),
      knowledge: [{ path: 'a', title: 'A', text: 'rules' }],
      customTools: toolsOf(
        httpTool({ name: 'lookup', inputSchema: {}, params: { q: '{{ input.data }}' } }),
        httpTool({ name: 'close_order', inputSchema: {}, method: 'POST', endpoint: '/orders/{id}/close' }),
        chainTool({ name: 'chained', inputSchema: {}, steps: CHAIN }),
        handlerTool('', { name: 'program', inputSchema: {}, effect: 'write' }).tool,
      ),
    },
    connections: [
      {
        name: 'acme',
        baseUrl: `${acme.url}/v2`,
        auth: bearer('READ_TOKEN'),
        writeAuth: bearer('WRITE_TOKEN'),
        headers: { 'x-tenant': 't1' },
        endpoints: [
          endpoint('POST /search', { intent: 'read' }),
          endpoint('GET /orders/{id}/cancel', { intent: 'write' }),
          endpoint('GET /never', { confirm: 'never' }),
          endpoint('POST /orders'),
        ],
      },
      { name: 'graph', baseUrl: graph.url, format: 'graphql', auth: bearer('GRAPH_TOKEN') },
      { name: 'hidden', baseUrl: hidden.url, auth: bearer('HIDDEN_TOKEN') },
      { name: 'open', baseUrl: open.url, egress: 'public' },
      { name: 'shop', protocol: 'sql', spec: { protocol: 'sql', driver: 'sqlite', file: 'shop.db' } },
    ],
  });
}

function evilModel(steps: readonly (readonly EvilCall[])[], told: Message[][]): Model {
  let step = 0;
  return {
    id: 'evil/model',
    price: () => 0,
    generate: async ({ messages }) => {
      told.push([...messages.slice(-1)]);
      const calls = steps[step];
      const number = step;
      step += 1;
      const answer = { ok: true, usage: tokens(1, 1), costUsd: 0, model: 'evil/model' } as const;
      if (!calls) return { ...answer, text: 'done', toolCalls: [], finish: 'stop' };
      const benign = BENIGN[number % BENIGN.length] ?? calls[0];
      const all = [...calls, ...(benign ? [benign] : [])];
      const toolCalls = all.map(({ name, input }, at) =>
        call(name, input, `${at === calls.length ? 'benign' : 'evil'}.${number}.${at}`),
      );
      return { ...answer, text: '', toolCalls, finish: 'tool-calls' };
    },
  };
}

interface Ended {
  readonly outcome: { readonly type: string };
  readonly figures: { readonly refusals: number; readonly writesSent: number };
  readonly told: readonly (readonly Message[])[];
  readonly record: readonly unknown[];
  readonly audit: readonly { readonly action: string }[];
}

/** What the model, the record and the audit trail hold. */
function judgeSession({ outcome, figures, told, record, audit }: Ended, seen: Seen): void {
  const blame = (what: string) => seen.broken.push(what);
  if (outcome.type !== 'succeeded') blame(`the session ended as ${JSON.stringify(outcome).slice(0, 300)}`);
  if (figures.writesSent > 0) blame(`${figures.writesSent} writes were sent`);
  const refusals = audit.filter(({ action }) => action === 'call.refused').length;
  if (refusals !== figures.refusals) blame(`${figures.refusals} refusals, ${refusals} in the audit trail`);
  if (audit.some(({ action }) => action === 'write.intent') && figures.writesSent > 0) blame('a write was meant');
  const results = told.flat().flatMap((message) => (message.role === 'tool' ? message.results : []));
  for (const { id, isError } of results.filter((result) => result.id.startsWith('benign'))) {
    seen.benign += 1;
    if (!isError) seen.benignPassed += 1;
    else blame(`${JSON.stringify(BENIGN[Number(id.split('.')[1]) % BENIGN.length])} was refused`);
  }
  const answers = JSON.stringify([results.map(({ text }) => text), audit, record]);
  const secret = Object.values(SECRETS).find((value) => answers.includes(value));
  if (secret) blame(`${secret} was told or recorded`);
}

/** What left: the only thing that counts. */
function judgeUpstreams({ acme, graph, hidden, open }: Upstreams, seen: Seen, untrusted: boolean): void {
  const judge = (stub: StubServer, wrong: (request: StubRequest) => string | undefined) => {
    for (const request of stub.requests) {
      const what = wrong(request);
      if (what) seen.broken.push(`${what}: ${request.method} ${request.url} ${request.body}`.slice(0, 400));
    }
    seen.sent += stub.requests.splice(0).length;
  };
  judge(hidden, () => 'a connection that is not listed');
  judge(open, (request) => {
    if (untrusted) return 'a public connection';
    return request.method === 'GET' || request.method === 'HEAD' ? wrongSecret(request, undefined) : 'a write';
  });
  judge(graph, (request) => {
    return isQuery(request) ? wrongSecret(request, `Bearer ${SECRETS.GRAPH_TOKEN}`) : 'no plain query';
  });
  judge(acme, (request) => wrongCall(request) ?? wrongSecret(request, `Bearer ${SECRETS.READ_TOKEN}`));
}

/** What of the rules of `acme` a request breaks: its base, its access file, its own headers. */
function wrongCall({ method, url, headers }: StubRequest): string | undefined {
  const isRead = method === 'GET' || method === 'HEAD' || (method === 'POST' && /^\/v2\/search(\?|$)/.test(url));
  if (!isRead) return 'a write';
  if (!/^\/v2([/?]|$)/.test(url)) return 'outside of the base';
  const path = unescaped(url.split('?')[0] ?? '');
  if (/\/cancel(?!lations)/i.test(path)) return 'a GET that is a write';
  return headers['x-tenant'] === 't1' ? undefined : 'another tenant';
}

function wrongSecret(request: StubRequest, authorization: string | undefined): string | undefined {
  return hasOnly(request, authorization) ? undefined : 'a secret where it does not belong';
}

/** Its own credential once, and no secret anywhere else, however it is decoded. */
function hasOnly({ headers, rawHeaders, url, body }: StubRequest, authorization: string | undefined): boolean {
  const { authorization: given, ...rest } = headers;
  const times = rawHeaders.filter((name) => /^authorization$/i.test(name)).length;
  if (given !== authorization || times > 1) return false;
  const texts = [url, body, JSON.stringify(rest)];
  const all = texts.flatMap((text) => [text, unescaped(text), unescaped(unescaped(text))]);
  return !FORMS.some((form) => all.some((text) => text.includes(form)));
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function isQuery({ method, url, body }: StubRequest): boolean {
  if (method !== 'GET' && method !== 'POST') return false;
  const inUrl = new URL(url, 'http://x').searchParams.getAll('query');
  if (method === 'GET') return inUrl.length === 1 && inUrl.every(isQueryDocument);
  const parts = [JSON.parse(body)].flat();
  return inUrl.length === 0 && parts.length > 0 && parts.every(({ query }) => isQueryDocument(query));
}

function isQueryDocument(source: string): boolean {
  const { definitions }: DocumentNode = parse(source);
  const operations = definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? [one.operation] : []));
  return operations.length > 0 && operations.every((operation) => operation === 'query');
}

/** A state folder in memory, where there is one: what is asked here is not whether it outlives the power. */
function memoryDir(): string {
  if (!existsSync('/dev/shm')) return tempDir();
  const dir = mkdtempSync('/dev/shm/amodal-evil-');
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

it(`a model that makes any ${CALLS} calls neither writes nor takes a secret out of read-only runs`, async () => {
  const echo = ({ headers, url, body }: StubRequest) => ({
    body: JSON.stringify({ headers, url, body, more: ANSWER, all: SECRETS }),
  });
  const upstreams = {
    acme: await stubServer(echo),
    graph: await stubServer(echo),
    hidden: await stubServer(echo),
    open: await stubServer(echo),
  };
  const database = await openDatabase({
    stateDir: memoryDir(),
    faults: NO_FAULTS,
    newId: (prefix) => `${prefix}_${randomUUID()}`,
  });
  const document = {
    store: 'ledger',
    key: 'a',
    value: { id: ROW },
    origin: 'trusted',
    run: 'run_0',
    updatedAt: 0,
  } as const;
  await database.putDocument(document, {}, 0);
  const http = createHttpClient();
  const parts = { database, upstreams, tools: createTools({ http }) };
  const seen: Seen = { calls: 0, refusals: 0, sent: 0, benign: 0, benignPassed: 0, broken: [] };
  const size = { minLength: CALLS_PER_STEP - 1, maxLength: CALLS_PER_STEP - 1 };
  const steps = { minLength: STEPS_PER_SESSION, maxLength: STEPS_PER_SESSION };
  const session = fc.array(fc.array(evilCall, size), steps);
  const started = performance.now();
  for (const [at, calls] of fc.sample(session, SESSIONS).entries()) await runEvil(calls, { ...parts, at, seen });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const rate = `${seen.benignPassed}/${seen.benign}`;
  process.stdout.write(
    `evil model: ${seen.calls} calls in ${SESSIONS} read-only runs, ${seen.refusals} refused, ${seen.sent} sent, ${seen.broken.length} broken promises; benign look-alikes passed ${rate}; ${seconds} s\n`,
  );
  expect(seen.broken.slice(0, 20)).toEqual([]);
  expect(await database.getDocument('ledger', 'a', 0)).toMatchObject({ value: { id: ROW } });
  expect(await database.countDocuments('ledger', 0)).toBe(1);
  expect({}).not.toHaveProperty('writeEnabled');
  expect(seen.calls).toBeGreaterThanOrEqual(CALLS);
  expect(seen.sent).toBeGreaterThan(CALLS / 100);
  expect(seen.benignPassed).toBe(seen.benign);
  await http.close();
  await database.close();
}, 600_000);
