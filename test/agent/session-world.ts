import { createSessionRunner } from '../../src/agent/index.ts';
import { openDatabase } from '../../src/db/index.ts';
import type { NewAuditRecord } from '../../src/domain/audit.ts';
import { type Automation, DEFAULT_LIMITS, DEFAULT_RETRY } from '../../src/domain/automation.ts';
import { newAutomationState } from '../../src/domain/automation-state.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import type { Connection, EndpointAccess } from '../../src/domain/connection.ts';
import type { HistoryTurn } from '../../src/domain/conversation.ts';
import { decodeDataBlock } from '../../src/domain/data-block.ts';
import { AmodalError } from '../../src/domain/error.ts';
import type { Event } from '../../src/domain/event.ts';
import type { Database } from '../../src/domain/ports/database.ts';
import { type FaultPoint, NO_FAULTS } from '../../src/domain/ports/faults.ts';
import type { Model, ModelAnswer, ModelRequest, ModelToolCall } from '../../src/domain/ports/model.ts';
import type { ClaimedRun } from '../../src/domain/ports/run-queue.ts';
import type { StopReason } from '../../src/domain/ports/session.ts';
import type { Templates } from '../../src/domain/ports/templates.ts';
import type { OpenTools } from '../../src/domain/ports/tool.ts';
import type { Replay } from '../../src/domain/replay.ts';
import type { Usage } from '../../src/domain/run.ts';
import { variableOf } from '../../src/domain/secret.ts';
import type { StoreDefinition, StoredDocument } from '../../src/domain/store.ts';
import type { NewTranscriptEntry } from '../../src/domain/transcript.ts';
import type { Spend } from '../../src/domain/usage.ts';
import type { WriteCall, WriteOutcome } from '../../src/domain/write-call.ts';
import { createHttpClient, createSecretScan } from '../../src/net/index.ts';
import { createTools } from '../../src/tools/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

/** What the fake model does in one turn; a function sees the request. */
export type Turn =
  | Partial<Extract<ModelAnswer, { ok: true }>>
  | { readonly ok: false; readonly error: Extract<ModelAnswer, { ok: false }>['error'] };
export type Script = readonly (Turn | ((request: ModelRequest, signal: AbortSignal) => Turn | Promise<Turn>))[];

export interface World {
  readonly clock: FakeClock;
  readonly requests: ModelRequest[];
  readonly transcript: NewTranscriptEntry[];
  readonly audit: NewAuditRecord[];
  readonly writes: (WriteCall & { outcome?: WriteOutcome })[];
  readonly database: Database | Promise<Database>;
  readonly faults: FaultPoint[];
  readonly stop: (reason: StopReason) => void;
  readonly run: () => ReturnType<ReturnType<typeof createSessionRunner>>;
  /** Results as the model got them, decoded, of the last request. */
  readonly results: () => readonly { readonly tool: string; readonly isError: boolean; readonly value: unknown }[];
}

export interface WorldOptions {
  readonly script: Script;
  readonly automation?: Partial<Automation>;
  readonly bundle?: Partial<Bundle>;
  readonly connections?: readonly Partial<Connection>[];
  readonly stores?: readonly Partial<StoreDefinition>[];
  readonly env?: Readonly<Record<string, string>>;
  readonly event?: Partial<Event>;
  readonly lastRunSummary?: string;
  readonly history?: readonly HistoryTurn[];
  readonly lastSuccessStartedAt?: number;
  readonly templates?: () => Promise<Templates>;
  /** For the texts of custom tools. */
  readonly toolTemplates?: Templates;
  readonly price?: (usage: Usage) => number | null;
  /** A database that several worlds share; a fresh one when left out. */
  readonly database?: Database;
  readonly documents?: readonly StoredDocument[];
  readonly leaseHeld?: boolean;
  readonly openTools?: OpenTools;
  readonly nonces?: readonly string[];
  readonly replay?: Replay;
  readonly earlier?: Spend;
}

export function call(name: string, input: unknown, id = `${name}-${JSON.stringify(input)}`): ModelToolCall {
  return { id, name, input };
}

export function endpoint(operation: string, access: Partial<EndpointAccess> = {}): EndpointAccess {
  const [method = '', path = ''] = operation.split(' ');
  return { method, path, confirm: false, returns: [], thresholds: [], ...access };
}

/** One session in a world of its own: a fake model and clock; database, tools and network are real. */
export function world(options: WorldOptions): World {
  const clock = new FakeClock();
  const requests: ModelRequest[] = [];
  const seen = {
    transcript: [] as NewTranscriptEntry[],
    audit: [] as NewAuditRecord[],
    writes: [] as World['writes'][number][],
  };
  const faults: FaultPoint[] = [];
  const controller = new AbortController();
  const bundle = testBundle(options);
  const automation = testAutomation(options.automation);
  const nonces = [...(options.nonces ?? [])];
  let drawn = 0;
  const database = options.database ?? openDatabase({ stateDir: tempDir(), faults: NO_FAULTS, newId });
  const run = async () => {
    const rows = await database;
    const claimed = await claimedRun(rows, automation, { options, now: clock.now() });
    for (const document of options.documents ?? []) await rows.putDocument(document, {}, clock.now());
    const runSession = createSessionRunner({
      models: () => scriptedModel(options, requests),
      tools: createTools({ http, templates: options.toolTemplates }),
      ...(options.openTools ? { openTools: options.openTools } : {}),
      templates: options.templates ?? (() => Promise.reject(new Error('no template was expected'))),
      clock,
      database: rows,
      files: rows,
      faults: (point) => faults.push(point),
      nonce: () => nonces.shift() ?? `nonce${drawn++}`,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
    const { id, fence } = claimed.run;
    const result = await runSession({
      claimed: { ...claimed, run: { ...claimed.run, fence: options.leaseHeld === false ? fence + 1 : fence } },
      bundle,
      automation,
      ...(options.history && { history: options.history }),
      ...(options.replay ? { replay: options.replay } : {}),
      ...(options.earlier ? { earlier: options.earlier } : {}),
      signal: controller.signal,
      record: async (entries) => {
        seen.transcript.push(...entries);
        await rows.appendTranscript(id, fence, entries, clock.now());
      },
    });
    const audit = await rows.listAudit({ run: id, limit: 1_000 });
    seen.audit.push(...audit.map(({ seq: _s, at: _a, previousHash: _p, hash: _h, ...record }) => record));
    seen.writes.push(...(await rows.listWrites(id)));
    return result;
  };
  const results = () => resultsIn(requests.at(-1));
  const stop = (reason: StopReason) => controller.abort(reason);
  return { clock, requests, faults, ...seen, database, run, results, stop };
}

const http = createHttpClient();

let made = 0;

const newId = (prefix: string) => `${prefix}_made${made++}`;

/** A run as a worker has it: queued, claimed, started. */
async function claimedRun(
  database: Database,
  automation: Automation,
  { options, now }: { readonly options: WorldOptions; readonly now: number },
): Promise<ClaimedRun> {
  const id = options.database ? newId('run') : 'run_1';
  const event = testEvent(options.event);
  const trigger = event?.source === 'webhook' ? 'webhook' : 'manual';
  const row = {
    id,
    automation: automation.name,
    trigger,
    event,
    requestedBy: 'test',
    maxActive: 1_000,
    overlap: 'parallel',
  } as const;
  await database.enqueueRun(row, {}, now);
  const claimed = await database.claimRun({ owner: 'test', leaseMs: 3_600_000, run: id }, now);
  if (!claimed) throw new Error('the run could not be claimed');
  const provenance = { commit: 'abc', dirty: false, fileHash: 'f', bundleHash: 'h' };
  await database.startRun(id, claimed.run.fence, provenance, now);
  return { ...claimed, event, run: { ...claimed.run, provenance }, state: stateOf(automation, options) };
}

function resultsIn(request: ModelRequest | undefined) {
  const messages = (request?.messages ?? []).flatMap((message) => (message.role === 'tool' ? message.results : []));
  return messages.map(({ name, isError, text }) => ({ tool: name, isError, value: decodeDataBlock(text)?.value }));
}

function scriptedModel({ script, price = () => 0 }: WorldOptions, requests: ModelRequest[]): Model {
  return {
    id: 'test/model',
    price,
    generate: async (request, signal) => {
      const turn = script[requests.length] ?? { ok: false, error: { message: 'the script is over', retryable: false } };
      requests.push(structuredClone(request));
      const said = typeof turn === 'function' ? await turn(request, signal) : turn;
      if (said.ok === false) return said;
      const toolCalls = said.toolCalls ?? [];
      const finish = toolCalls.length > 0 ? 'tool-calls' : 'stop';
      return { ok: true, text: '', toolCalls, finish, usage: tokens(10, 5), costUsd: 0, model: 'test/model', ...said };
    },
  };
}

export function tokens(inputTokens: number, outputTokens: number): Usage {
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

export function testAutomation(change: Partial<Automation> = {}): Automation {
  return {
    name: 'digest',
    title: 'Digest',
    prompt: 'Do the work.',
    file: 'automations/digest.json',
    fileHash: 'f',
    scheduleHash: 's',
    format: 'json',
    trigger: 'manual',
    missed: { policy: 'latest' },
    maxParallel: 5,
    webhook: { allowCIDRs: [], respond: 'accept', maxBodyBytes: 1_048_576 },
    limits: DEFAULT_LIMITS,
    budget: {},
    retry: DEFAULT_RETRY,
    writeEnabled: false,
    writes: {},
    delivery: { targets: [], when: 'always' },
    mode: 'workflow',
    enabled: true,
    tags: [],
    ...change,
  };
}

export function testConnection(change: Partial<Connection>): Connection {
  return {
    name: 'acme',
    protocol: 'http',
    baseUrl: 'http://127.0.0.1:1',
    format: 'rest',
    headers: {},
    allowPrivateNetwork: true,
    endpoints: [],
    fieldRestrictions: [],
    spec: {},
    ...change,
  };
}

export function testStore(change: Partial<StoreDefinition>): StoreDefinition {
  return {
    name: 'notes',
    entity: 'note',
    key: '{id}',
    schema: { id: { type: 'string' } },
    indexed: [],
    shared: true,
    automationWritable: false,
    ...change,
  };
}

export function testBundle({ bundle, connections = [], stores = [], env = {} }: Partial<WorldOptions> = {}): Bundle {
  return {
    dir: '/nowhere',
    root: '/nowhere',
    hash: 'h',
    settings: {
      name: 'test',
      version: '1',
      timezone: 'UTC',
      models: {},
      concurrency: 1,
      queue: 1,
      server: { trustedProxies: [] },
    },
    automations: new Map(),
    broken: new Map(),
    connections: new Map(connections.map(testConnection).map((connection) => [connection.name, connection])),
    stores: new Map(stores.map(testStore).map((store) => [store.name, store])),
    knowledge: [],
    skills: new Map(),
    agents: new Map(),
    customTools: new Map(),
    scripts: new Map(),
    diagnostics: [],
    secrets: {
      resolve: (reference) => {
        const name = variableOf(reference);
        if (name === undefined) return reference;
        const value = env[name];
        if (value === undefined) throw new AmodalError('unavailable', `${name} is not set`);
        return value;
      },
      redact: (text) =>
        Object.entries(env).reduce((all, [name, value]) => all.replaceAll(value, `[redacted:${name}]`), text),
      leaks: (text) => createSecretScan(Object.entries(env).map(([name, value]) => ({ name, value })))({ body: text }),
      variable: (name) => env[name],
    },
    ...bundle,
  };
}

function testEvent(event: Partial<Event> | undefined): Event | undefined {
  return event && { source: 'webhook', format: 'json', headers: {}, query: {}, ...event };
}

function stateOf({ name }: Automation, { lastRunSummary, lastSuccessStartedAt }: WorldOptions) {
  return { ...newAutomationState(name), lastRunSummary, lastSuccessStartedAt };
}
