import { createSessionRunner } from '../src/agent/index.ts';
import { loadBundle } from '../src/bundle/index.ts';
import { newAutomationState } from '../src/domain/automation-state.ts';
import type { Bundle } from '../src/domain/bundle.ts';
import { NO_FAULTS } from '../src/domain/ports/faults.ts';
import type { Model } from '../src/domain/ports/model.ts';
import type { SessionRequest } from '../src/domain/ports/session.ts';
import { NO_USAGE, type Run } from '../src/domain/run.ts';
import type { HttpResult } from '../src/net/index.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { createTools } from '../src/tools/index.ts';
import { benchBundle } from './children.ts';
import { atMost, interleave, median, report } from './measure.ts';

const ROUNDS = 7;
const STEPS = 100;
const CALLS = 10;
const SESSIONS = 60;
const STORES = 7;
const PAGE = `# Page\n\n${'What to do when the queue grows and nobody is at hand. '.repeat(100)}`;

const env = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`TOKEN_${at}`, `token-${at}-9f8e7d6c5b4a3f2e`]));
const schema = { id: { type: 'string' }, text: { type: 'string' }, score: { type: 'number' } };
const dir = benchBundle({
  'amodal.json': { name: 'gate', version: '1' },
  'automations/reader.json': {
    prompt: 'Read the items.',
    limits: { maxSteps: 1000, maxRequests: 100_000, maxBytesOut: 100_000_000 },
  },
  ...Object.fromEntries(
    Object.keys(env).map((name, at) => [
      `connections/c${at}/spec.json`,
      { baseUrl: 'https://api.example.com/v1', auth: { type: 'bearer', token: `env:${name}` } },
    ]),
  ),
  'connections/c0/access.json': {
    endpoints: Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`POST /things${at}/{id}/close`, { intent: 'write' }]),
    ),
  },
  ...Object.fromEntries(
    Array.from({ length: STORES }, (_, at) => [`stores/notes${at}.json`, { name: `notes${at}`, key: '{id}', schema }]),
  ),
  ...Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`knowledge/page${at}.md`, PAGE])),
});
const registries = { presets: [], deliveryTypes: [] };
const { bundle, diagnostics } = await loadBundle({ dir, env, registries });
const automation = bundle.automations.get('reader');
if (!automation) throw new Error(JSON.stringify(diagnostics));

const body = JSON.stringify({
  items: Array.from({ length: 40 }, (_, at) => ({ id: at, title: `Item ${at}`, text: 'x'.repeat(150) })),
});
const answer: HttpResult = {
  ok: true,
  sent: true,
  status: 200,
  headers: {},
  bytes: Buffer.from(body),
  text: body,
  truncated: false,
};
const tools = createTools({ http: { send: async () => answer } });
const input = { connection: 'c0', method: 'GET', endpoint: '/items', params: { page: 7, q: 'open' } };

const nothing = async (): Promise<undefined> => undefined;
const database = {
  appendAudit: nothing,
  recordWriteIntent: async () => true,
  recordWriteOutcome: nothing,
  getDocument: nothing,
  listDocuments: async () => [],
  putDocument: nothing,
  deleteDocument: async () => false,
  countDocuments: async () => 0,
  getNote: nothing,
  listNotes: async () => [],
  putNote: async () => ({ ok: true }) as const,
  deleteNote: async () => false,
  listSpent: async () => [],
};
const run: Run = {
  ...{ id: 'run_1', automation: 'reader', trigger: 'manual', status: 'running', instantCount: 1, maxActive: 1 },
  ...{ availableAt: 0, createdAt: 0, attempt: 1, interruptions: 0, fence: 1, cancelRequested: false },
  ...{ usage: NO_USAGE, costUsd: 0, steps: 0, toolCalls: 0, refusals: 0, writesSent: 0 },
};

/** Runs one session in this process with a model that answers at once. */
async function session(model: Model): Promise<void> {
  const runSession = createSessionRunner({
    models: () => model,
    tools,
    templates: () => Promise.reject(new Error('no template was expected')),
    clock: {
      ...systemClock,
      sleep: async (_, signal) => new Promise((done) => signal?.addEventListener('abort', () => done())),
    },
    database,
    faults: NO_FAULTS,
    nonce: () => 'nonce',
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const request: SessionRequest = {
    claimed: { run, state: newAutomationState('reader') },
    bundle: bundle satisfies Bundle,
    automation: automation ?? raise(),
    signal: new AbortController().signal,
    record: nothing,
  };
  const { outcome } = await runSession(request);
  if (outcome.type !== 'succeeded') throw new Error(JSON.stringify(outcome));
}

function raise(): never {
  throw new Error('there is no automation');
}

/** CPU milliseconds of this process. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const answered = { ok: true, usage: NO_USAGE, costUsd: 0, model: 'bench' } as const;

/** The whole way of a call through the session: arguments, gate, scan, tool, redaction, block. */
async function throughTheGate(): Promise<number> {
  let step = 0;
  const before = cpu();
  await session({
    id: 'bench',
    price: () => 0,
    generate: async () => {
      step += 1;
      if (step > STEPS) return { ...answered, text: 'done', toolCalls: [], finish: 'stop' };
      const toolCalls = Array.from({ length: CALLS }, (_, at) => ({ id: `${step}.${at}`, name: 'request', input }));
      return { ...answered, text: '', toolCalls, finish: 'tool-calls' };
    },
  });
  return (cpu() - before) / (STEPS * CALLS);
}

/** The tool alone. */
async function bare(): Promise<number> {
  const tool = tools(bundle).find(({ name }) => name === 'request') ?? raise();
  const context = {
    ...{ run: 'run_1', automation: automation ?? raise(), bundle, documents: database, untrusted: false },
    ...{ now: () => 0, signal: new AbortController().signal },
  };
  const before = cpu();
  for (let call = 0; call < STEPS * CALLS; call += 1) await tool.run(input, context);
  return (cpu() - before) / (STEPS * CALLS);
}

/** From the start of a session to its first request, which carries the tools and the knowledge. */
async function untilFirstRequest(): Promise<number> {
  let spent = 0;
  for (let round = 0; round < SESSIONS; round += 1) {
    const before = cpu();
    await session({
      id: 'bench',
      price: () => 0,
      generate: async (request) => {
        spent += cpu() - before;
        if (request.tools.length < 30) throw new Error(`only ${request.tools.length} tools`);
        return { ...answered, text: 'done', toolCalls: [], finish: 'stop' };
      },
    });
  }
  return spent / SESSIONS;
}

const values = await interleave(ROUNDS, { bare, throughTheGate, untilFirstRequest });
const [floor, whole, first] = [median(values.bare), median(values.throughTheGate), median(values.untilFirstRequest)];
const knowledge = bundle.knowledge.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
if (knowledge < 100_000) throw new Error(`only ${knowledge} bytes of knowledge`);
report([
  atMost(
    'CPU that gate, scan and block add to a tool call',
    whole - floor,
    1,
    { wholeMs: whole, bareMs: floor },
    ' ms',
  ),
  atMost('CPU before the first request, 30 tools and 100 KB of knowledge', first, 5, { firstMs: first }, ' ms'),
]);
process.exit(0);
