import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Amodal, benchBundle, cpuMilliseconds, startAmodal, startPeer } from './children.ts';
import { atMost, interleave, median, report } from './measure.ts';

const RUNS = 400;
const ROUNDS = 5;
const CONCURRENCY = 10;
const run = promisify(execFile);

const port = await startPeer('instant-model');
const base = `http://127.0.0.1:${port}`;
const dir = benchBundle({
  'amodal.json': {
    name: 'run-cpu',
    version: '1',
    limits: { concurrency: CONCURRENCY, queue: 100_000 },
    models: { main: { provider: 'openai-compatible', model: 'instant', baseUrl: `${base}/v1` } },
  },
  'connections/items/spec.json': { baseUrl: base },
  'automations/reader.json': {
    prompt: 'Read the items.',
    overlap: 'parallel',
    maxParallel: CONCURRENCY,
    delivery: { targets: [{ type: 'webhook', url: `${base}/results` }] },
  },
});
const amodal = await startAmodal(dir);

const ours = async (): Promise<number> => {
  const before = cpuMilliseconds(amodal.pid);
  await trigger(amodal, RUNS);
  await idle(amodal);
  return (cpuMilliseconds(amodal.pid) - before) / RUNS;
};
// Both sides have done a round before they are measured: what is compiled on the way is no cost of a run.
await trigger(amodal, RUNS);
await idle(amodal);
const values = await interleave(ROUNDS, {
  bare: async () => {
    const args = ['dist/bench/peers/bare-loop.js', base, String(RUNS), String(CONCURRENCY)];
    return Number((await run(process.execPath, args)).stdout);
  },
  ours,
});
await amodal.stop();
const [bare, own] = [median(values.bare), median(values.ours)];
report([atMost('CPU per run / bare generateText loop', own / bare, 2, { oursMs: own, bareMs: bare })]);
process.exit(0);

async function trigger({ url, token }: Amodal, count: number): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (let sent = 0; sent < count; sent += 1) {
    const response = await fetch(`${url}/api/automations/reader/trigger`, { method: 'POST', headers, body: '{}' });
    if (!response.ok) throw new Error(`trigger answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  }
}

async function idle({ url, token }: Amodal): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  for (;;) {
    const health = (await (await fetch(`${url}/api/health`, { headers })).json()) as {
      queued: number;
      running: number;
    };
    const pending = (await (
      await fetch(`${url}/api/deliveries?status=pending&limit=1`, { headers })
    ).json()) as unknown[];
    if (health.queued + health.running + pending.length === 0) return;
    await delay(100);
  }
}
