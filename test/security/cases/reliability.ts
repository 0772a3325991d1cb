import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { loadQuietBundle } from '../../../src/bundle/index.ts';
import { openDatabase } from '../../../src/db/index.ts';
import { createDatabase } from '../../../src/db/sqlite/open-database.ts';
import { openFile } from '../../../src/db/sqlite/open-file.ts';
import { makeStateDir } from '../../../src/db/state-dir.ts';
import { NO_FAULTS } from '../../../src/domain/ports/faults.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { call, endpoint, world as sessionWorld } from '../../agent/session-world.ts';
import { registries } from '../../bundle/load.ts';
import { checkInvariants } from '../../crash/crash-invariants.ts';
import { createCrashTrial } from '../../crash/crash-trial.ts';
import { newRun, T0 } from '../../db/fixtures.ts';
import {
  ALERT,
  automation,
  bundleOf,
  courierOf,
  cron,
  DAY,
  enqueue,
  HOUR,
  MINUTE,
  newId,
  occurrences,
  proveLedger,
  REFUSED,
  reaperOf,
  runOf,
  START,
  schedulerOf,
  until,
  type World,
  work,
  workerOf,
  world,
} from '../../engine/world.ts';
import { serverWorld, signed, signedHook } from '../../server/world.ts';
import { stubServer } from '../../support/stub-server.ts';
import { tempDir, writeFiles } from '../../support/temp-dir.ts';
import { done } from '../ask.ts';
import { type AttackCase, attacksInto } from '../attack-case.ts';

export const reliabilityCases: AttackCase[] = [];
const attack = attacksInto(reliabilityCases);

const run = promisify(execFile);

attack('REL-01', 'a kill loses no event that got its 202', async () => {
  const trial = await createCrashTrial(tempDir(), { cron: '0 0 1 1 *' });
  for (let life = 0; life < 3; life += 1) {
    expect(await trial.start()).toBe(true);
    const posting = trial.post(Array.from({ length: 8 }, (_, at) => `evt-reader-${life}-${at}`));
    await delay(20 + life * 30);
    await trial.process().kill();
    await posting;
  }
  expect(await trial.start()).toBe(true);
  await trial.postAgain();
  await trial.settle();
  expect(await checkInvariants(trial)).toMatchObject({ lost: 0, duplicateRuns: 0 });
  await trial.process().stop();
  await trial.upstreams.close();
});

attack('REL-03', 'a run that has sent a write is not begun again by itself', async () => {
  const trial = await createCrashTrial(tempDir(), { cron: '0 0 1 1 *' });
  expect(await trial.start({ AMODAL_FAULT: 'tool.after-send:1' })).toBe(true);
  await trial.post(['evt-writer-1']);
  expect((await trial.process().exited).signal).toBe('SIGKILL');
  expect(await trial.start()).toBe(true);
  await trial.settle();
  const [run] = (await trial.runs()).filter((one) => one.automation === 'writer');
  expect(run).toMatchObject({ status: 'failed', reason: 'interrupted' });
  expect(run?.writes.map(({ outcome }) => outcome)).toEqual(['unknown']);
  expect([...trial.upstreams.writes.values()]).toEqual([1]);
  await trial.process().stop();
  await trial.upstreams.close();
});

attack('REL-05', 'without room for the audit row no write leaves', async () => {
  const stateDir = tempDir();
  makeStateDir(stateDir);
  const connection = openFile(stateDir, NO_FAULTS);
  const database = createDatabase(connection, NO_FAULTS, newId);
  const upstream = await stubServer();
  const pages = () => connection.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
  const session = sessionWorld({
    database,
    automation: { writeEnabled: true },
    connections: [{ baseUrl: upstream.url, endpoints: [endpoint('POST /orders')] }],
    script: [
      async () => {
        connection.exec(`PRAGMA max_page_count = ${pages()}`);
        const filler = newRun({
          event: { source: 'webhook', format: 'text', body: 'x'.repeat(9_000), headers: {}, query: {} },
        });
        for (let row = 0; row < 50; row += 1)
          await database.enqueueRun({ ...filler, id: newId('run') }, {}, T0).catch(() => {});
        return { toolCalls: [call('request', { connection: 'acme', method: 'POST', endpoint: '/orders', data: {} })] };
      },
      done,
    ],
  });
  await session.run().catch(() => undefined);
  const intents =
    connection.get<{ n: number }>("SELECT count(*) AS n FROM audit WHERE action = 'write.intent'")?.n ?? 0;
  expect(upstream.requests.length).toBe(Math.min(intents, upstream.requests.length));
  if (intents === 0) expect(upstream.requests).toEqual([]);
  connection.exec('PRAGMA max_page_count = 1000000');
  expect(await database.enqueueRun(newRun(), {}, T0)).toMatchObject({ type: 'queued' });
  await database.close();
});

attack('REL-09', 'a load during checkouts is one commit, never a mixture', async () => {
  const dir = tempDir();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: dir });
  const files = (word: string) =>
    Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`automations/a${at}.json`, { prompt: word }]));
  git('init', '-q', '-b', 'one');
  writeFiles(dir, files('one'));
  git('add', '.');
  git('commit', '-qm', 'one');
  git('checkout', '-qb', 'two');
  writeFiles(dir, files('two'));
  git('commit', '-qam', 'two');
  let switching = true;
  const switches = (async () => {
    for (let round = 0; round < 20; round += 1) {
      await run('git', ['checkout', '-q', round % 2 ? 'two' : 'one'], { cwd: dir });
      await delay(150);
    }
    switching = false;
  })();
  const loads: string[] = [];
  while (switching) {
    const { bundle } = await loadQuietBundle({ dir, env: {}, registries }, { clock: systemClock });
    const prompts = new Set([...bundle.automations.values()].map(({ prompt }) => prompt));
    loads.push(`${[...prompts]} ${bundle.automations.size}`);
  }
  await switches;
  expect(loads.length).toBeGreaterThan(0);
  expect(loads.filter((load) => load !== 'one 60' && load !== 'two 60')).toEqual([]);
});

attack('REL-11', 'no clock that is set makes an instant run twice', async () => {
  for (const jump of [2 * HOUR, -2 * HOUR, DAY]) {
    const quarter = cron('quarter', '*/15 * * * *', { overlap: 'queue' });
    const here = await world([quarter]);
    const scheduler = schedulerOf(here);
    await scheduler.tick();
    for (let minute = 0; minute < 40; minute += 1) {
      if (minute === 20) here.clock.jump(jump);
      await here.clock.advance(MINUTE);
      await scheduler.tick();
    }
    const runs = (await occurrences(here, 'quarter')).filter(({ status }) => status === 'queued');
    expect(new Set(runs.map(({ instant }) => instant)).size).toBe(runs.length);
    await proveLedger(here, quarter, START);
  }
});

attack('REL-13', 'a schedule far ahead does not fire at once', async () => {
  const yearly = cron('yearly', '0 0 1 12 *');
  const here = await world([yearly]);
  const scheduler = schedulerOf(here);
  for (let day = 0; day < 60; day += 1) {
    await scheduler.tick();
    await here.clock.advance(DAY);
  }
  expect(await occurrences(here, 'yearly')).toEqual([]);
});

attack('REL-15', 'what was missed runs once, and the rest is listed', async () => {
  const daily = cron('daily', '30 9 * * *', { missed: { policy: 'latest' } });
  const often = cron('often', '*/5 * * * *', { missed: { policy: 'latest' } });
  const none = cron('none', '30 9 * * *', { missed: { policy: 'skip' } });
  const here = await world([daily, often, none]);
  await schedulerOf(here).tick();
  await here.clock.advance(25 * MINUTE);
  await schedulerOf(here).tick();
  const before = (await occurrences(here, 'often')).length;
  await here.clock.advance(15 * MINUTE);
  await schedulerOf(here).tick();
  expect((await occurrences(here, 'daily')).map(({ status }) => status)).toEqual(['queued']);
  expect((await occurrences(here, 'none')).map(({ status }) => status)).toEqual(['missed']);
  await here.clock.advance(3 * DAY);
  await schedulerOf(here).tick();
  const late = (await occurrences(here, 'often')).slice(before);
  expect(late.filter(({ status }) => status === 'missed').length).toBeGreaterThan(0);
  expect(late.filter(({ status }) => status === 'queued').length).toBeLessThanOrEqual(3);
  await proveLedger(here, often, START);
});

attack('REL-17', 'a thousand schedules of one instant are all recorded in time', async () => {
  const all = Array.from({ length: 1_000 }, (_, at) => cron(`a${at}`, '0 10 * * *'));
  const here = await world(all);
  const scheduler = schedulerOf(here);
  await scheduler.tick();
  await here.clock.advance(HOUR);
  const started = performance.now();
  await scheduler.tick();
  expect(performance.now() - started).toBeLessThan(4_000);
  expect((await here.database.countRuns()).queued).toBe(1_000);
});

attack('REL-19', 'an event that comes three times at once is one run', async () => {
  const { url, database } = await serverWorld({ automations: [signedHook()] });
  const post = async (id: number) => {
    const body = JSON.stringify({ id });
    const headers = signed(body, { 'idempotency-key': `evt-${id}` });
    const response = await fetch(`${url}/webhooks/hook`, { method: 'POST', headers, body });
    return ((await response.json()) as { readonly run: string }).run;
  };
  for (let id = 0; id < 20; id += 1) {
    const runs = await Promise.all([post(id), post(id), post(id)]);
    expect(new Set(runs).size).toBe(1);
  }
  expect((await database.countRuns()).queued).toBe(20);
});

attack('REL-21', 'a restart keeps the cooldown and the count', async () => {
  const here = await world([
    automation('digest', { failureAlert: ALERT, limits: { ...automation('x').limits, autoPauseAfter: 0 } }),
  ]);
  here.sessions.always(REFUSED);
  await failOnce(here);
  await here.clock.advance(6 * MINUTE);
  await here.database.close();
  const reopened = { ...here, database: await openDatabase({ stateDir: here.stateDir, faults: NO_FAULTS, newId }) };
  await failOnce(reopened);
  expect(here.target.sent.filter(({ kind }) => kind === 'alert')).toHaveLength(1);
  expect((await reopened.database.getAutomationState('digest')).alert.consecutiveFailures).toBe(2);
});

async function failOnce(here: World): Promise<void> {
  await enqueue(here, 'digest');
  await work(workerOf(here));
  await courierOf(here).tick();
  await until(async () => (await here.database.listDeliveries({ status: 'sending', limit: 1 })).length === 0);
}

attack('REL-23', 'an event that kills its worker is begun three times at most', async () => {
  const here = await world([automation('digest')]);
  const id = await enqueue(here, 'digest');
  let starts = 0;
  while (await here.database.claimRun({ owner: `dead-${starts}`, leaseMs: MINUTE }, here.clock.now())) {
    starts += 1;
    await reaperOf(here).tick();
  }
  expect(starts).toBe(3);
  expect(await runOf(here, id)).toMatchObject({ status: 'failed', reason: 'interrupted' });
  await enqueue(here, 'digest');
  await work(workerOf(here));
  expect((await here.database.countRuns()).queued).toBe(0);
});

attack('REL-25', 'a state that is damaged is refused and left as it is', async () => {
  const stateDir = tempDir();
  const open = () => openDatabase({ stateDir, faults: NO_FAULTS, newId });
  const database = await open();
  for (let row = 0; row < 50; row += 1) await database.enqueueRun(newRun(), {}, T0);
  await database.close();
  const file = join(stateDir, 'amodal.db');
  const bytes = readFileSync(file);
  const damaged = Buffer.from(bytes);
  damaged.fill(0xff, 100, 8_192);
  writeFileSync(file, damaged);
  await expect(open()).rejects.toMatchObject({ code: 'state_unreadable' });
  expect(readFileSync(file).equals(damaged)).toBe(true);
  writeFileSync(file, bytes);
  const again = await open();
  expect((await again.countRuns()).queued).toBe(50);
  await again.close();
});

attack('REL-27', 'a long history goes in small steps under load, and the disk returns', async () => {
  let pruned = await pruneUnderLoad(100_000);
  // Others share the machine: a stall that is ours comes each time.
  for (let again = 0; again < 2 && pruned.stall >= 100; again += 1) pruned = await pruneUnderLoad(100_000);
  const { took, stall, slowest, accepted, bytes } = pruned;
  expect(accepted).toBeGreaterThan(100);
  expect(stall).toBeLessThan(100);
  expect(bytes.after).toBeLessThan(bytes.before / 4);
  const megabytes = (size: number) => `${(size / 1_048_576).toFixed(1)} MB`;
  process.stdout.write(
    `retention: 100,000 runs in ${(took / 1000).toFixed(1)} s, longest stall ${stall.toFixed(0)} ms, slowest of ${accepted} events ${slowest.toFixed(0)} ms, ${megabytes(bytes.before)} -> ${megabytes(bytes.after)}\n`,
  );
});

/** Milliseconds; `slowest` is the longest that an event of the load waited for its commit. */
interface Pruned {
  readonly took: number;
  readonly stall: number;
  readonly slowest: number;
  readonly accepted: number;
  readonly bytes: { readonly before: number; readonly after: number };
}

async function pruneUnderLoad(old: number): Promise<Pruned> {
  const settings = { ...bundleOf([]).settings, retention: { runsDays: 30, auditDays: null } };
  const here = await world([automation('digest')], { settings });
  fillHistory(here.stateDir, old);
  const young = await Promise.all([1, 2, 3].map(() => enqueue(here, 'digest')));
  await work(workerOf(here));
  const trail = await here.database.listAudit({ limit: 1000 });
  const file = join(here.stateDir, 'amodal.db');
  const before = statSync(file).size;
  const reaper = reaperOf(here);
  await reaper.tick();

  const load = startLoad(here);
  const stalls = monitorEventLoopDelay({ resolution: 1 });
  stalls.enable();
  const began = performance.now();
  for (let hasMore = true; hasMore; ) {
    const { nextAt = 0 } = await reaper.tick();
    hasMore = nextAt - here.clock.now() < 15_000;
    await here.clock.advance(1000);
  }
  const took = performance.now() - began;
  stalls.disable();
  const { accepted, slowest } = await load.stop();

  expect((await here.database.countRuns()).queued).toBe(accepted);
  expect(await here.database.listRuns({ limit: old })).toHaveLength(accepted + young.length);
  for (const id of young) expect((await runOf(here, id)).status).toBe('succeeded');
  expect(await here.database.listAudit({ after: 0, limit: trail.length })).toEqual(trail);
  await here.database.close();
  return { took, stall: stalls.max / 1e6, slowest, accepted, bytes: { before, after: statSync(file).size } };
}

/** One event after the other until it is stopped. */
function startLoad(here: World) {
  let going = true;
  let accepted = 0;
  let slowest = 0;
  const posting = (async () => {
    while (going) {
      const asked = performance.now();
      await here.database.enqueueRun(newRun({ id: newId('run') }), {}, here.clock.now());
      slowest = Math.max(slowest, performance.now() - asked);
      accepted += 1;
      await delay(1);
    }
  })();
  return {
    stop: async () => {
      going = false;
      await posting;
      return { accepted, slowest };
    },
  };
}

/** So many delivered webhook runs of two months ago, each with its event, five lines and a key that has expired. */
function fillHistory(stateDir: string, runs: number): void {
  const at = START - 60 * DAY;
  const file = openFile(stateDir, NO_FAULTS);
  file.exec(`
    BEGIN;
    CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${runs}) SELECT i FROM n;
    INSERT INTO runs (seq, id, automation, trigger, status, dedupe_key, dedupe_hash, dedupe_until, created_at, started_at,
        finished_at, attempt, fence, max_active, result)
      SELECT i, 'run_old_' || i, 'digest', 'webhook', 'succeeded', 'key-' || i, randomblob(16), ${at}, ${at} + i, ${at} + i,
        ${at} + i, 1, 1, 5, hex(randomblob(50)) FROM n;
    INSERT INTO events (run, source, format, headers, query, body)
      SELECT i, 'webhook', 'json', '{}', '{}', hex(randomblob(150)) FROM n;
    INSERT INTO transcript (run, seq, at, attempt, type, content)
      SELECT n.i, line.i + 1, ${at}, 1, 'agent.message', '{"text":"' || hex(randomblob(100)) || '"}' FROM n
      JOIN (SELECT i FROM n LIMIT 5) AS line;
    INSERT INTO deliveries (id, run, automation, kind, target, payload, status, created_at, delivered_at)
      SELECT 'dlv_old_' || i, 'run_old_' || i, 'digest', 'result', '{}', '{}', 'delivered', ${at}, ${at} FROM n;
    DROP TABLE n;
    COMMIT;
    PRAGMA wal_checkpoint(TRUNCATE);
  `);
  file.close();
}
