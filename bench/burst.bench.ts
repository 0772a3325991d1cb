import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { benchBundle, residentMegabytes, startAmodal, startPeer } from './children.ts';
import type { LoadResult } from './load.ts';
import { atMost, median, report } from './measure.ts';

const SECRET = 'bench-secret-0123456789';
const ROUNDS = 3;
const EVENTS = 10_000;
const CONNECTIONS = 100;
/** What a server needs once for a burst (code, buffers, the heap's first steps) is not growth with the events. */
const FIRST_EVENTS = 3000;

const model = await startPeer('slow-model');

interface Burst {
  /** The slowest answer of `/healthz`, ms. */
  readonly health: number;
  /** Most resident memory of the second half of the burst over that of the first. */
  readonly growth: number;
}

/** 10,000 signed events against a model that never answers, with fewer places in the queue than events. */
async function burst(): Promise<Burst> {
  const dir = benchBundle({
    'amodal.json': {
      name: 'burst',
      limits: { concurrency: 10, queue: FIRST_EVENTS + 9000 },
      models: { main: { provider: 'openai-compatible', model: 'slow', baseUrl: `http://127.0.0.1:${model}/v1` } },
    },
    'automations/hook.json': {
      prompt: 'Handle the event.',
      webhookAuth: { type: 'hmac-sha256', secret: 'env:HOOK_SECRET', header: 'X-Signature-256' },
    },
  });
  const amodal = await startAmodal(dir, { HOOK_SECRET: SECRET });
  await post(amodal.port, FIRST_EVENTS);
  const health: number[] = [];
  const memory: number[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const start = performance.now();
      await (await fetch(`${amodal.url}/healthz`)).arrayBuffer();
      health.push(performance.now() - start);
      memory.push(residentMegabytes(amodal.pid));
      await delay(20);
    }
  })();
  const { statuses } = await post(amodal.port, EVENTS);
  isOver = true;
  await watching;
  process.kill(amodal.pid, 'SIGKILL');
  const answered = (statuses['202'] ?? 0) + (statuses['503'] ?? 0);
  if (answered !== EVENTS || !statuses['202'] || !statuses['503']) throw new Error(JSON.stringify(statuses));
  const half = memory.length >> 1;
  return {
    health: Math.max(...health),
    growth: Math.max(...memory.slice(half)) / Math.max(...memory.slice(0, half)),
  };
}

async function post(port: number, events: number): Promise<LoadResult> {
  const args = ['dist/bench/peers/burst-client.js', String(port), SECRET, String(events), String(CONNECTIONS)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as LoadResult;
}

const bursts: Burst[] = [];
for (let round = 0; round < ROUNDS; round += 1) bursts.push(await burst());
report([
  atMost(
    'health answers during a burst of 10,000 events within',
    median(bursts.map(({ health }) => health)),
    100,
    {},
    ' ms',
  ),
  atMost('memory in its second half / in its first', median(bursts.map(({ growth }) => growth)), 1.1, {}),
]);
process.exit(0);
