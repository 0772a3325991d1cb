import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { startAmodal } from '../support/amodal-process.ts';
import { freePort } from '../support/free-port.ts';
import { rootDir } from '../support/root-dir.ts';
import { stubServer } from '../support/stub-server.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const EVENTS = 10_000;
/** What a server needs once for many events (code, buffers, the heap's first steps) is not growth with their number. */
const FIRST_EVENTS = 3000;
/** Fewer than events: the last of them must find the queue full. */
const QUEUE = FIRST_EVENTS + 9000;
const SECRET = 'hook-secret-0123456789';

interface Answer {
  readonly status: number;
  readonly retryAfter?: string;
  readonly run?: string;
}

it('a burst of 10,000 signed events against a slow model is answered 202 or 503, and each 202 is one run', async () => {
  const answerOf = new Promise<never>(() => {});
  const model = await stubServer(() => answerOf);
  const dir = tempDir();
  writeFiles(dir, {
    'amodal.json': JSON.stringify({
      name: 'burst',
      limits: { concurrency: 10, queue: QUEUE },
      models: { main: { provider: 'openai-compatible', model: 'slow', baseUrl: `${model.url}/v1` } },
    }),
    'automations/hook.json': JSON.stringify({
      prompt: 'Handle the event.',
      maxParallel: 10,
      webhookAuth: { type: 'hmac-sha256', secret: SECRET, header: 'X-Signature' },
    }),
  });
  const server = await startAmodal({ dir, port: await freePort() });
  await burst(server.url, {
    total: FIRST_EVENTS,
    path: '/webhooks/hook?warm=1',
    connections: 100,
    prefix: 'warm',
  });
  const before = rss(server.pid);
  const health = watchHealth(server.url, server.pid);
  const answers = await burst(server.url, { total: EVENTS, path: '/webhooks/hook', connections: 100, prefix: 'event' });
  const { slowest, typical, early, late } = await health.stop();
  const memory = rss(server.pid);
  await server.kill();

  const withStatus = (status: number) => answers.filter((answer) => answer.status === status);
  const accepted = withStatus(202);
  console.log(
    `burst: ${[202, 429, 503].map((status) => `${withStatus(status).length} × ${status}`).join(', ')}; ` +
      `health typically ${typical.toFixed(0)} ms, at most ${slowest.toFixed(0)} ms; ` +
      `RSS ${before} MB before, at most ${early} MB in the first half and ${late} MB in the second, ${memory} MB after`,
  );
  expect(answers).toHaveLength(EVENTS);
  expect(answers.filter(({ status }) => ![202, 429, 503].includes(status))).toEqual([]);
  expect(answers.filter(({ status, retryAfter }) => status !== 202 && !(Number(retryAfter) > 0))).toEqual([]);
  expect(withStatus(503).length).toBeGreaterThan(0);
  expect(new Set(accepted.map(({ run }) => run)).size).toBe(accepted.length);
  const stored = runsIn(dir);
  expect(accepted.filter(({ run }) => !stored.has(run ?? ''))).toEqual([]);
  expect(stored.size).toBe(accepted.length + FIRST_EVENTS);
  // Generous, for machines that do other things as well: what it is on a quiet one, `npm run bench` shows.
  expect(typical).toBeLessThan(100);
  expect(slowest).toBeLessThan(1000);
  expect(late).toBeLessThan(early * 1.15);
  expect(memory).toBeLessThan(before * 1.3);
}, 120_000);

interface Burst {
  readonly total: number;
  readonly path: string;
  readonly connections: number;
  /** Of the events' ids. */
  readonly prefix: string;
}

async function burst(url: string, { total, path, connections, prefix }: Burst): Promise<readonly Answer[]> {
  const workerData = { port: Number(new URL(url).port), path, secret: SECRET, connections, total, prefix };
  const worker = new Worker(join(rootDir, 'test/server/burst-worker.mjs'), { workerData });
  return new Promise((resolve, reject) => {
    worker.once('message', ({ answers }) => resolve(answers));
    worker.once('error', reject);
  });
}

/** Asks for health again and again, as a load balancer would. */
function watchHealth(url: string, pid: number) {
  const times: number[] = [];
  const memory: number[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const began = performance.now();
      const response = await fetch(`${url}/healthz`);
      await response.text();
      times.push(response.ok ? performance.now() - began : Number.POSITIVE_INFINITY);
      memory.push(rss(pid));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await watching;
      const sorted = times.sort((a, b) => a - b);
      const half = memory.length >> 1;
      return {
        slowest: sorted.at(-1) ?? 0,
        typical: sorted[sorted.length >> 1] ?? 0,
        early: Math.max(...memory.slice(0, half)),
        late: Math.max(...memory.slice(half)),
      };
    },
  };
}

/** Resident memory of a process in MB. */
function rss(pid: number): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

function runsIn(dir: string): ReadonlySet<string> {
  const file = new Sqlite(join(dir, '.amodal/amodal.db'), { readonly: true });
  const rows = file.prepare<[], { id: string }>("SELECT id FROM runs WHERE trigger = 'webhook'").all();
  file.close();
  return new Set(rows.map(({ id }) => id));
}
