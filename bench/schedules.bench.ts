import { setTimeout as delay } from 'node:timers/promises';
import { Cron } from 'croner';
import { nextFire } from '../src/domain/schedule.ts';
import { benchBundle, residentMegabytes, startAmodal, startPeer } from './children.ts';
import { atMost, interleave, median, type Row, report } from './measure.ts';

const SCHEDULES = 10_000;
const DUE = 1000;
const ZONES = ['UTC', 'America/New_York', 'Europe/London', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
const NOW = Date.UTC(2026, 2, 1);

const schedules = Array.from({ length: SCHEDULES }, (_, number) => ({
  expression: [
    `${number % 60} ${number % 24} * * *`,
    `*/${(number % 29) + 1} * * * *`,
    `${number % 60} ${number % 24} * * 1-5`,
    `0 ${number % 24} ${(number % 28) + 1} * *`,
    `${number % 60} */2 * * *`,
  ][number % 5] as string,
  timezone: ZONES[(number >> 3) % ZONES.length] as string,
}));

const heapOf = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1_048_576;
};
const before = heapOf();
const armed = schedules.map((schedule) => nextFire(schedule, NOW));
const heap = heapOf() - before;
if (armed.some((fire) => fire === undefined)) throw new Error('a schedule has no next fire');

let moment = NOW;
const values = await interleave(5, {
  croner: () => {
    moment += 86_400_000;
    const start = performance.now();
    for (const { expression, timezone } of schedules)
      new Cron(expression, { timezone, paused: true }).nextRun(new Date(moment));
    return performance.now() - start;
  },
  ours: () => {
    const start = performance.now();
    for (const schedule of schedules) nextFire(schedule, moment);
    return performance.now() - start;
  },
});
const [croner, ours] = [median(values.croner), median(values.ours)];
report([
  atMost('heap of 10,000 armed schedules', heap, 20, { heapMb: heap }, ' MB'),
  atMost('first fires of 10,000 schedules / croner construct + next', ours / croner, 1.5, {
    oursMs: ours,
    cronerMs: croner,
  }),
  ...(await dueTogether()),
  await idleMemory(),
]);
process.exit(0);

interface Backlog {
  readonly queued: number;
  readonly running: number;
}

/** 1,000 automations that are due in the same second: when the last is recorded, and how health answers meanwhile. */
async function dueTogether(): Promise<readonly Row[]> {
  const model = await startPeer('slow-model');
  const due = new Date(Math.ceil((Date.now() + 8000) / 1000) * 1000);
  const schedule = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
  const dir = benchBundle({
    'amodal.json': {
      name: 'due',
      version: '1',
      models: { main: { provider: 'openai-compatible', model: 'slow', baseUrl: `http://127.0.0.1:${model}/v1` } },
    },
    ...Object.fromEntries(
      Array.from({ length: DUE }, (_, number) => [`automations/a${number}.json`, { prompt: 'Look.', schedule }]),
    ),
  });
  const amodal = await startAmodal(dir);
  const headers = { authorization: `Bearer ${amodal.token}` };
  let slowestHealth = 0;
  let recordedAfter = Number.NaN;
  while (Date.now() < due.getTime() + 10_000) {
    const start = performance.now();
    await (await fetch(`${amodal.url}/healthz`)).arrayBuffer();
    if (Date.now() >= due.getTime() - 500) slowestHealth = Math.max(slowestHealth, performance.now() - start);
    const health = (await (await fetch(`${amodal.url}/api/health`, { headers })).json()) as Backlog;
    if (health.queued + health.running >= DUE) {
      recordedAfter = Date.now() - due.getTime();
      break;
    }
    await delay(10);
  }
  process.kill(amodal.pid, 'SIGKILL');
  return [
    atMost('1,000 due in one second: all recorded after', recordedAfter, 2000, {}, ' ms'),
    atMost('health answers meanwhile within', slowestHealth, 100, {}, ' ms'),
  ];
}

/** Resident memory of `amodal start` on the sample bundle, idle. */
async function idleMemory(): Promise<Row> {
  const amodal = await startAmodal('.', { INCIDENT_WEBHOOK_SECRET: 'bench-secret-0123456789' });
  await delay(5000);
  const megabytes = residentMegabytes(amodal.pid);
  await amodal.stop();
  return atMost('resident memory of an idle `amodal start` on the sample bundle', megabytes, 120, {}, ' MB');
}
