import { createHmac } from 'node:crypto';
import { afterEach } from 'vitest';
import { openDatabase } from '../../src/db/index.ts';
import type { Automation } from '../../src/domain/automation.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import type { Clock } from '../../src/domain/ports/clock.ts';
import type { Database } from '../../src/domain/ports/database.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import type { Logger } from '../../src/domain/ports/logger.ts';
import type { ClaimedRun } from '../../src/domain/ports/run-queue.ts';
import { NO_USAGE, type Outcome, type RunId } from '../../src/domain/run.ts';
import { createHttpClient, inCidrs } from '../../src/net/index.ts';
import {
  createCallers,
  createIntake,
  createOperations,
  createWebhookTally,
  type Operations,
  watchRuns,
} from '../../src/operations/index.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { newAccessKey, newId } from '../../src/runtime/ids.ts';
import { sendToSelf } from '../../src/runtime/send-to-self.ts';
import {
  createApp,
  createMetrics,
  createRemoteOperations,
  createWebhookHandler,
  type ListenOptions,
  listen,
} from '../../src/server/index.ts';
import { WEBHOOK_PRESETS } from '../../src/webhooks/index.ts';
import { madeAutomation, madeBundle, madeBundles } from '../support/made-bundle.ts';
import { tempDir } from '../support/temp-dir.ts';

export const TOKEN = 'admin-token-for-tests';
export const HOOK_SECRET = 'hook-secret-0123456789';
export const INSTANCE_SECRET = 'instance-secret-0123456789';

interface Given {
  readonly automations?: readonly Automation[];
  readonly bundle?: Partial<Omit<Bundle, 'automations' | 'settings'>>;
  readonly settings?: Partial<Bundle['settings']>;
  readonly clock?: Clock;
  readonly live?: () => boolean;
  readonly refusesUnauthenticated?: boolean;
  readonly bodyDeadlineMs?: number;
  /** Hears of each use of the database, by its verb. */
  readonly onUse?: (verb: string) => void;
  readonly listen?: Partial<ListenOptions>;
}

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A signed-webhook automation, as most tests want one. */
export function signedHook(name = 'hook', webhook: Partial<Automation['webhook']> = {}): Automation {
  return madeAutomation({
    name,
    trigger: 'webhook',
    webhookAuth: {
      type: 'hmac-sha256',
      secrets: ['env:HOOK_SECRET'],
      options: { type: 'hmac-sha256', header: 'X-Hub-Signature-256' },
    },
    webhook,
  });
}

/** The headers of a body that the sender of `signedHook` signed. */
export function signed(body: string | Buffer, headers: Readonly<Record<string, string>> = {}) {
  const mac = createHmac('sha256', HOOK_SECRET).update(body).digest('hex');
  return { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${mac}`, ...headers };
}

/** Operations and intake over a real database, without a socket. */
export async function operationsWorld(given: Given = {}) {
  const clock = given.clock ?? systemClock;
  const log: { readonly level: string; readonly message: string; readonly fields: unknown }[] = [];
  const logger = loggerInto(log);
  const stateDir = tempDir();
  const raw = toldOf(await openDatabase({ stateDir, faults: NO_FAULTS, newId }), given.onUse);
  const { database, watch } = watchRuns(raw);
  open.push(() => database.close());
  const bundles = madeBundles(
    madeBundle({
      automations: given.automations ?? [],
      settings: given.settings,
      env: { HOOK_SECRET },
      ...given.bundle,
    }),
  );
  let publicUrl = 'http://hooks.test';
  let enqueued = 0;
  const shared = {
    database,
    bundles,
    clock,
    newId,
    watch,
    instanceSecret: INSTANCE_SECRET,
    publicUrl: () => publicUrl,
    tally: createWebhookTally(clock.now()),
    refusesUnauthenticated: given.refusesUnauthenticated,
    onEnqueued: () => {
      enqueued += 1;
    },
  };
  const operations = createOperations({
    ...shared,
    newAccessKey,
    previewPrompt: async ({ automation, event }) => ({ system: 'system', user: `${automation.prompt} ${event?.body}` }),
    onChanged: () => {},
    isLive: given.live ?? (() => true),
    presets: WEBHOOK_PRESETS,
    logger,
    sendToSelf: sendToSelf(createHttpClient()),
  });
  const intake = createIntake({ ...shared, presets: WEBHOOK_PRESETS, logger, isInNetworks: inCidrs });
  const callers = createCallers(shared);
  const setPublicUrl = (url: string) => {
    publicUrl = url;
  };
  return { ...shared, stateDir, operations, callers, intake, logger, log, setPublicUrl, enqueued: () => enqueued };
}

export type OperationsWorld = Awaited<ReturnType<typeof operationsWorld>>;

/** All of it behind a real HTTP server on a free port of loopback, with a client of its API. */
export async function serverWorld(given: Given = {}) {
  const world = await operationsWorld(given);
  const { operations, callers, intake, clock, logger, database, watch, bundles, tally } = world;
  const stopping = new AbortController();
  const metrics = createMetrics({ database, watch, tally });
  const app = createApp({
    operations,
    callers,
    token: TOKEN,
    clock,
    logger,
    metrics,
    stopping: stopping.signal,
    loopbackUrl: world.publicUrl,
  });
  const webhooks = createWebhookHandler({
    intake,
    clock,
    logger,
    metrics,
    trustedProxies: () => bundles.active().settings.server.trustedProxies,
    stopping: stopping.signal,
    bodyDeadlineMs: given.bodyDeadlineMs,
  });
  const server = await listen({ host: '127.0.0.1', port: 0, app, webhooks, token: TOKEN, clock, ...given.listen });
  world.setPublicUrl(server.url);
  const close = async () => {
    stopping.abort();
    await server.close();
  };
  open.push(close);
  const remote: Operations = createRemoteOperations({ url: server.url, token: TOKEN, clock });
  const api = (path: string, init: RequestInit = {}) =>
    fetch(`${server.url}${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...init.headers } });
  const post = (path: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      body: new Uint8Array(Buffer.from(body)),
      headers: signed(body, headers),
    });
  return { ...world, app, url: server.url, port: server.port, close, remote, api, post };
}

/** Plays the worker: claims the oldest queued run, or the one that is named. */
export async function claim(database: Database, clock: Clock, run?: RunId): Promise<ClaimedRun> {
  const claimed = await database.claimRun({ owner: 'test', leaseMs: 60_000, run }, clock.now());
  if (!claimed) throw new Error('there is no run to claim');
  const { id, fence } = claimed.run;
  await database.startRun(
    id,
    fence,
    { commit: 'c'.repeat(40), dirty: false, fileHash: 'file-hash', bundleHash: 'bundle-hash' },
    clock.now(),
  );
  return claimed;
}

/** Ends a claimed run. */
export async function settle(
  database: Database,
  clock: Clock,
  { run }: ClaimedRun,
  outcome: Outcome = { type: 'succeeded', result: 'All is well.' },
): Promise<void> {
  await database.settleRun(
    {
      run: run.id,
      fence: run.fence,
      outcome,
      figures: {
        usage: outcome.type === 'succeeded' ? { inputTokens: 7, outputTokens: 3, totalTokens: 10 } : NO_USAGE,
        costUsd: 0.25,
        steps: 1,
        toolCalls: 0,
        refusals: 0,
        writesSent: 0,
      },
      policy: { retry: { attempts: 1, backoffSeconds: [] }, autoPauseAfter: 0 },
      deliveries: [],
      alerts: () => [],
      transcript: [{ type: 'session.status_closed', content: { status: outcome.type } }],
    },
    clock.now(),
  );
}

/** The same database, which tells of each of its verbs before it does it. */
function toldOf(database: Database, onUse: (verb: string) => void = () => {}): Database {
  return new Proxy(database, {
    get(target, verb) {
      const value: unknown = Reflect.get(target, verb);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]) => {
        onUse(String(verb));
        return Reflect.apply(value, target, given);
      };
    },
  });
}

function loggerInto(log: { level: string; message: string; fields: unknown }[]): Logger {
  const at = (level: string) => (message: string, fields?: unknown) => void log.push({ level, message, fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
