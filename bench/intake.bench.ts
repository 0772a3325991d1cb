import { benchBundle, startAmodal, startPeer } from './children.ts';
import { load } from './load.ts';
import { atLeast, atMost, median, report } from './measure.ts';

const SECRET = 'bench-secret-0123456789';
const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 50;

const model = await startPeer('slow-model');
const dir = benchBundle({
  'amodal.json': {
    name: 'intake',
    version: '1',
    limits: { concurrency: 1, queue: 10_000_000 },
    models: { main: { provider: 'openai-compatible', model: 'slow', baseUrl: `http://127.0.0.1:${model}/v1` } },
  },
  'automations/hook.json': {
    prompt: 'Handle the event.',
    trigger: 'webhook',
    webhookAuth: { type: 'hmac-sha256', secret: 'env:HOOK_SECRET', header: 'X-Signature-256' },
  },
});
const bare = await startPeer('bare-intake', { HOOK_SECRET: SECRET });
const amodal = await startAmodal(dir, { HOOK_SECRET: SECRET });
const shape = { path: '/webhooks/hook', secret: SECRET, connections: CONNECTIONS };

await load({ ...shape, port: bare, seconds: 1 });
await load({ ...shape, port: amodal.port, seconds: 2 });
const rates: number[] = [];
const tails: number[] = [];
const perSecond: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const floor = await load({ ...shape, port: bare, seconds: SECONDS });
  const ours = await load({ ...shape, port: amodal.port, seconds: SECONDS });
  if (Object.keys(ours.statuses).some((status) => status !== '202'))
    throw new Error(`intake answered ${JSON.stringify(ours.statuses)}`);
  rates.push(ours.perSecond / floor.perSecond);
  tails.push(ours.p99Ms / floor.p99Ms);
  perSecond.push(ours.perSecond);
}
await amodal.stop();
report([
  atLeast('signed webhook accepted and durable / bare node:http', median(rates), 0.25, {
    perSecond: median(perSecond),
  }),
  atMost('its p99 / the bare p99', median(tails), 4, {}),
]);
process.exit(0);
