import { describe, expect, it } from 'vitest';
import type { NewTranscriptEntry } from '../../src/domain/transcript.ts';
import {
  ALERT,
  automation,
  bundleOf,
  courierOf,
  enqueue,
  FIGURES,
  HOUR,
  INBOX,
  MINUTE,
  OVERLOADED,
  REFUSED,
  reaperOf,
  runOf,
  SECOND,
  SUCCESS,
  until,
  type World,
  work,
  workerOf,
  world,
} from './world.ts';

/** Runs one run of the automation to its settlement and returns its row. */
async function runOnce(here: World, name: string) {
  const id = await enqueue(here, name);
  await work(workerOf(here));
  return runOf(here, id);
}

async function deliver(here: World): Promise<void> {
  const courier = courierOf(here);
  await courier.tick();
  await courier.stop();
}

async function types(here: World, run: string): Promise<readonly string[]> {
  return (await here.database.readTranscript(run, -1, 100)).map(({ type }) => type);
}

describe('the worker', () => {
  it('carries a queued run to its end, with what it ran from, its figures and its deliveries', async () => {
    const here = await world([automation('digest', { delivery: { targets: [INBOX], when: 'always' } })]);
    const run = await runOnce(here, 'digest');
    expect(run).toMatchObject({
      status: 'succeeded',
      result: 'All is well.',
      attempt: 1,
      interruptions: 0,
      costUsd: 0.01,
    });
    const { hash: bundleHash } = here.bundles.active();
    expect(run.provenance).toEqual({ commit: 'c0ffee', dirty: true, fileHash: 'file-digest', bundleHash });
    const [delivery] = await here.database.listDeliveries({ limit: 10 });
    expect(delivery).toMatchObject({ run: run.id, kind: 'result', target: INBOX, status: 'pending' });
    expect(delivery?.payload).toMatchObject({ automation: 'digest', status: 'success', result: 'All is well.' });
    expect(await types(here, run.id)).toEqual([
      'run.queued',
      'run.started',
      'delivery.queued',
      'session.status_closed',
    ]);
  });

  it('runs as many at once as the bundle allows, and the next when one ends', async () => {
    const bundle = bundleOf([automation('digest')]);
    const here = await world([]);
    here.bundles.put({ ...bundle, settings: { ...bundle.settings, concurrency: 2 } });
    const open = [here.sessions.open(), here.sessions.open()];
    await enqueue(here, 'digest');
    await enqueue(here, 'digest');
    await enqueue(here, 'digest');
    const worker = workerOf(here);
    let pokes = 0;
    worker.wakeOn(() => {
      pokes += 1;
    });
    await worker.tick();
    await until(() => here.sessions.begun.length === 2);
    expect(worker.active()).toBe(2);
    open[0]?.end(SUCCESS);
    await until(() => worker.active() === 1);
    expect(pokes).toBe(1);
    await worker.tick();
    await until(() => here.sessions.begun.length === 3);
    open[1]?.end(SUCCESS);
    await until(() => worker.active() === 0);
    expect(await here.database.countRuns()).toEqual({ queued: 0, running: 0 });
  });

  it('asks to look again soon while something waits, and not when nothing does', async () => {
    const here = await world([automation('digest')]);
    const worker = workerOf(here);
    expect(await worker.tick()).toEqual({});
    await enqueue(here, 'digest', { availableAt: here.clock.now() + MINUTE });
    expect(await worker.tick()).toEqual({ nextAt: here.clock.now() + SECOND });
  });

  it('finishes a session with the bundle that it began with', async () => {
    const here = await world([automation('digest', { delivery: { targets: [INBOX], when: 'always' } })]);
    const session = here.sessions.open();
    const id = await enqueue(here, 'digest');
    const worker = workerOf(here);
    await worker.tick();
    await until(() => here.sessions.begun.length === 1);
    const begun = here.bundles.active();
    here.bundles.put(bundleOf([automation('digest', { fileHash: 'edited' })]));
    session.end(SUCCESS);
    await until(() => worker.active() === 0);
    expect(here.sessions.begun[0]?.bundle).toBe(begun);
    expect((await runOf(here, id)).provenance?.fileHash).toBe('file-digest');
    expect(await here.database.listDeliveries({ limit: 10 })).toHaveLength(1);
    await runOnce(here, 'digest');
    expect(here.sessions.begun[1]?.automation.fileHash).toBe('edited');
  });

  it('ends a run whose file is broken or gone as blocked_config, and asks no model', async () => {
    const diagnostic = {
      severity: 'error',
      code: 'bad-cron',
      message: 'hour must be 0-23, got 25',
      file: 'f',
      line: 1,
      column: 1,
    } as const;
    const broken = new Map([
      ['broken', { name: 'broken', file: 'automations/broken.json', diagnostics: [diagnostic] }],
    ]);
    const here = await world([], { broken });
    expect(await runOnce(here, 'gone')).toMatchObject({
      status: 'failed',
      reason: 'blocked_config',
      error: 'There is no automation "gone" in the bundle any more; restore its file to run it again.',
    });
    expect((await runOnce(here, 'broken')).error).toContain('automations/broken.json is broken: hour must be 0-23');
    expect(here.sessions.begun).toEqual([]);
  });

  it('repeats what failed for now after each back-off, and then gives up', async () => {
    const here = await world([automation('digest', { retry: { attempts: 3, backoffSeconds: [30, 120] } })]);
    here.sessions.always(OVERLOADED);
    const worker = workerOf(here);
    const id = await enqueue(here, 'digest');
    await work(worker);
    expect(await runOf(here, id)).toMatchObject({
      status: 'queued',
      attempt: 1,
      availableAt: here.clock.now() + 30_000,
    });
    await here.clock.advance(29 * SECOND);
    await work(worker);
    expect(here.sessions.begun).toHaveLength(1);
    await here.clock.advance(SECOND);
    await work(worker);
    expect(await runOf(here, id)).toMatchObject({
      status: 'queued',
      attempt: 2,
      availableAt: here.clock.now() + 120_000,
    });
    await here.clock.advance(120 * SECOND);
    await work(worker);
    expect(await runOf(here, id)).toMatchObject({ status: 'failed', reason: 'model_error', attempt: 3 });
    expect(await types(here, id)).toEqual([
      'run.queued',
      'run.started',
      'run.retry',
      'run.started',
      'run.retry',
      'run.started',
      'session.status_closed',
    ]);
  });

  it('never repeats an attempt that has sent a write', async () => {
    const here = await world([automation('digest')]);
    here.sessions.next({ outcome: OVERLOADED, figures: { ...FIGURES, writesSent: 1 } });
    expect(await runOnce(here, 'digest')).toMatchObject({ status: 'failed', reason: 'model_error', writesSent: 1 });
  });

  it('stops the session of a cancelled run within seconds', async () => {
    const here = await world([automation('digest')]);
    const session = here.sessions.open();
    const id = await enqueue(here, 'digest');
    const worker = workerOf(here);
    await worker.tick();
    await until(() => here.sessions.begun.length === 1);
    const signal = here.sessions.begun[0]?.signal;
    signal?.addEventListener('abort', () => session.end(REFUSED));
    await here.database.requestCancel(id, 'cli', here.clock.now());
    await here.clock.advance(2 * SECOND);
    await until(() => worker.active() === 0);
    expect(signal?.reason).toBe('cancelled');
    expect(await runOf(here, id)).toMatchObject({ status: 'cancelled' });
  });

  it('keeps its lease for as long as a session takes', async () => {
    const here = await world([automation('digest')]);
    const session = here.sessions.open();
    const id = await enqueue(here, 'digest');
    const worker = workerOf(here);
    await worker.tick();
    await until(() => here.sessions.begun.length === 1);
    for (let step = 0; step < 150; step += 1) {
      await here.clock.advance(2 * SECOND);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await here.database.listLostRuns({}, here.clock.now())).toEqual([]);
    session.end(SUCCESS);
    await until(() => worker.active() === 0);
    expect((await runOf(here, id)).status).toBe('succeeded');
  });

  it('stops and writes nothing once another worker has taken the run over', async () => {
    const here = await world([automation('digest')]);
    const session = here.sessions.open();
    const id = await enqueue(here, 'digest');
    const worker = workerOf(here);
    await worker.tick();
    await until(() => here.sessions.begun.length === 1);
    const request = here.sessions.begun[0];
    await here.database.reclaimRun(
      {
        run: id,
        fence: request?.claimed.run.fence ?? 0,
        policy: { retry: { attempts: 2, backoffSeconds: [] }, autoPauseAfter: 0 },
        alerts: () => [],
      },
      here.clock.now(),
    );
    await here.database.claimRun({ owner: 'other', leaseMs: MINUTE }, here.clock.now());
    const line: NewTranscriptEntry = { type: 'agent.message', content: { text: 'too late' } };
    await request?.record([line]);
    expect(request?.signal.reason).toBe('lease_lost');
    session.end({ type: 'succeeded', result: 'stale' });
    await until(() => worker.active() === 0);
    expect(await runOf(here, id)).toMatchObject({ status: 'running', leaseOwner: 'other', result: undefined });
    expect(JSON.stringify(await here.database.readTranscript(id, -1, 100))).not.toContain('too late');
  });

  it('notices by itself that the lease is gone', async () => {
    const here = await world([automation('digest')]);
    const session = here.sessions.open();
    const id = await enqueue(here, 'digest');
    const worker = workerOf(here);
    await worker.tick();
    await until(() => here.sessions.begun.length === 1);
    const request = here.sessions.begun[0];
    request?.signal.addEventListener('abort', () => session.end(REFUSED));
    await here.database.reclaimRun(
      {
        run: id,
        fence: request?.claimed.run.fence ?? 0,
        policy: { retry: { attempts: 2, backoffSeconds: [] }, autoPauseAfter: 0 },
        alerts: () => [],
      },
      here.clock.now(),
    );
    await here.clock.advance(2 * SECOND);
    await until(() => worker.active() === 0);
    expect(request?.signal.reason).toBe('lease_lost');
    expect((await runOf(here, id)).status).toBe('queued');
  });

  it('ends a run whose session breaks inside the runtime', async () => {
    const here = await world([automation('digest')]);
    here.sessions.next(new Error('our own mistake'));
    expect(await runOnce(here, 'digest')).toMatchObject({ status: 'failed', reason: 'interrupted' });
    expect(here.logger.lines.map(({ message }) => message)).toContain('a session broke');
  });

  it('delivers only what changed when the file says so', async () => {
    const here = await world([automation('digest', { delivery: { targets: [INBOX], when: 'changed' } })]);
    const results: number[] = [];
    for (const result of ['one', 'one', 'two']) {
      here.sessions.next({ type: 'succeeded', result });
      await runOnce(here, 'digest');
      results.push((await here.database.listDeliveries({ limit: 10 })).length);
    }
    expect(results).toEqual([1, 1, 2]);
  });
});

describe('stopping the worker', () => {
  it('lets what runs finish within the drain time', async () => {
    const here = await world([automation('digest')]);
    const session = here.sessions.open();
    const id = await enqueue(here, 'digest');
    const worker = workerOf(here, { drainSeconds: 30 });
    await worker.tick();
    await until(() => here.sessions.begun.length === 1);
    const stopped = worker.stop();
    await here.clock.advance(29 * SECOND);
    session.end(SUCCESS);
    await stopped;
    expect((await runOf(here, id)).status).toBe('succeeded');
    await enqueue(here, 'digest');
    await worker.tick();
    expect(here.sessions.begun).toHaveLength(1);
  });

  it('hands back what takes longer, without counting the attempt', async () => {
    const here = await world([automation('digest')]);
    const session = here.sessions.open();
    const id = await enqueue(here, 'digest');
    const worker = workerOf(here, { drainSeconds: 30 });
    await worker.tick();
    await until(() => here.sessions.begun.length === 1);
    here.sessions.begun[0]?.signal.addEventListener('abort', () => session.end({ type: 'handed_back' }));
    const stopped = worker.stop();
    await here.clock.advance(30 * SECOND);
    await stopped;
    expect(here.sessions.begun[0]?.signal.reason).toBe('drain');
    expect(await runOf(here, id)).toMatchObject({ status: 'queued', attempt: 0, interruptions: 0 });
    await work(workerOf(here));
    expect(await runOf(here, id)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('ends a run that has sent writes instead of handing it back', async () => {
    const here = await world([automation('digest')]);
    const id = await enqueue(here, 'digest');
    const worker = workerOf(here, { drainSeconds: 0 });
    const open = here.sessions.open();
    await worker.tick();
    await until(() => here.sessions.begun.length === 1);
    const call = {
      run: id,
      call: '1.1',
      tool: 'request',
      operation: 'crm:POST /notes',
      idempotencyKey: `${id}.1.1`,
      at: here.clock.now(),
    };
    const fence = here.sessions.begun[0]?.claimed.run.fence ?? 0;
    await here.database.recordWriteIntent(
      call,
      fence,
      { action: 'write.intent', actor: 'agent', run: id, details: {} },
      here.clock.now(),
    );
    here.sessions.begun[0]?.signal.addEventListener('abort', () => open.end({ type: 'handed_back' }));
    const stopped = worker.stop();
    await here.clock.advance(SECOND);
    await stopped;
    const run = await runOf(here, id);
    expect(run).toMatchObject({ status: 'failed', reason: 'interrupted' });
    expect(run.error).toContain('had sent 1 write');
  });
});

describe('running one run in place', () => {
  it('carries it through its retries and tells how it ended', async () => {
    const here = await world([automation('digest')]);
    here.sessions.next(OVERLOADED, SUCCESS);
    const id = await enqueue(here, 'digest');
    const other = await enqueue(here, 'digest');
    const ended = workerOf(here).runOne(id);
    await until(async () => (await runOf(here, id)).status === 'queued' && here.sessions.begun.length === 1);
    await until(async () => {
      await here.clock.advance(SECOND);
      return here.sessions.begun.length === 2;
    });
    expect(await ended).toMatchObject({ status: 'succeeded', terminal: true });
    expect((await runOf(here, other)).status).toBe('queued');
  });

  it('leaves alone what is not waiting', async () => {
    const here = await world([automation('digest')]);
    expect(await workerOf(here).runOne('run_unknown')).toBeUndefined();
  });
});

describe('failure alerts', () => {
  const failing = automation('digest', { failureAlert: { ...ALERT, after: 3 } });

  it('are sent after so many failures in a row, once per cooldown, and end with one recovery note', async () => {
    const here = await world([failing]);
    const sent = () => here.target.sent.map(({ kind, payload }) => `${kind} ${payload.consecutiveFailures}`);
    here.sessions.always(REFUSED);
    for (let failure = 0; failure < 5; failure += 1) {
      await runOnce(here, 'digest');
      await deliver(here);
    }
    expect(sent()).toEqual(['alert 3']);
    await here.clock.advance(HOUR);
    await runOnce(here, 'digest');
    await deliver(here);
    expect(sent()).toEqual(['alert 3', 'alert 6']);
    here.sessions.always(SUCCESS);
    await runOnce(here, 'digest');
    await runOnce(here, 'digest');
    await deliver(here);
    expect(sent()).toEqual(['alert 3', 'alert 6', 'recovery 6']);
  });

  it('keep the cooldown through a recovery, so that flapping does not flood', async () => {
    const here = await world([automation('digest', { failureAlert: ALERT })]);
    for (let flap = 0; flap < 3; flap += 1) {
      here.sessions.next(REFUSED, SUCCESS);
      await runOnce(here, 'digest');
      await deliver(here);
      await runOnce(here, 'digest');
      await deliver(here);
    }
    expect(here.target.sent.map(({ kind }) => kind)).toEqual(['alert', 'recovery']);
  });

  it('begin the cooldown when the alert is sent, and alert again when it never was', async () => {
    const here = await world([automation('digest', { failureAlert: ALERT })]);
    here.sessions.always(REFUSED);
    here.target.answers.push({ ok: false, retryable: false, error: 'gone', httpStatus: 410 });
    await runOnce(here, 'digest');
    await deliver(here);
    await runOnce(here, 'digest');
    await deliver(here);
    await runOnce(here, 'digest');
    await deliver(here);
    const alerts = await here.database.listDeliveries({ kind: 'alert', limit: 10 });
    expect(alerts.map(({ status }) => status)).toEqual(['delivered', 'dead']);
  });

  it('wait until no retry is left', async () => {
    const here = await world([automation('digest', { failureAlert: ALERT })]);
    here.sessions.next(OVERLOADED, SUCCESS);
    const id = await enqueue(here, 'digest');
    await work(workerOf(here));
    expect(await here.database.listDeliveries({ kind: 'alert', limit: 10 })).toEqual([]);
    await here.clock.advance(30 * SECOND);
    await work(workerOf(here));
    expect((await runOf(here, id)).status).toBe('succeeded');
    expect(await here.database.listDeliveries({ limit: 10 })).toEqual([]);
  });

  it('pause the automation after ten failures in a row, and say so', async () => {
    const here = await world([automation('digest', { failureAlert: { ...ALERT, after: 10 } })]);
    here.sessions.always(REFUSED);
    for (let failure = 0; failure < 10; failure += 1) await runOnce(here, 'digest');
    const { paused } = await here.database.getAutomationState('digest');
    expect(paused).toMatchObject({ automatic: true, reason: '10 failures in a row' });
    await deliver(here);
    expect(here.target.sent[0]?.payload.text).toContain('It is paused now: 10 failures in a row.');
  });

  it('never pause when autoPauseAfter is 0', async () => {
    const base = automation('digest');
    const here = await world([{ ...base, limits: { ...base.limits, autoPauseAfter: 0 } }]);
    here.sessions.always(REFUSED);
    for (let failure = 0; failure < 12; failure += 1) await runOnce(here, 'digest');
    expect((await here.database.getAutomationState('digest')).paused).toBeUndefined();
  });

  it('tell of a blocked configuration before the threshold when the file asks for it', async () => {
    const include = ['blocked_config'] as const;
    const here = await world([automation('digest', { failureAlert: { ...ALERT, after: 5, include } })]);
    here.sessions.next({ type: 'failed', reason: 'blocked_config', error: 'no model key', retryable: false });
    const run = await runOnce(here, 'digest');
    await deliver(here);
    expect(here.target.sent.map(({ payload }) => payload)).toMatchObject([
      { reason: 'blocked_config', error: 'no model key', run: run.id },
    ]);
  });
});

describe('a state that fails for a moment', () => {
  it('does not cost a finished session its result', async () => {
    const here = await world([automation('digest')]);
    let failures = 2;
    const database = new Proxy(here.database, {
      get: (target, property) => {
        if (property !== 'settleRun' || failures === 0) return Reflect.get(target, property);
        failures -= 1;
        return async () => Promise.reject(new Error('database is locked'));
      },
    });
    const id = await enqueue(here, 'digest');
    const worker = workerOf({ ...here, database });
    await worker.tick();
    await until(async () => {
      await here.clock.advance(SECOND);
      return worker.active() === 0;
    });
    expect(await runOf(here, id)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(here.logger.lines.filter(({ message }) => message.startsWith('a run could not be settled'))).toHaveLength(2);
  });

  it('leaves a run that cannot be recorded to the reaper, and goes on with the next', async () => {
    const here = await world([automation('digest')]);
    const id = await enqueue(here, 'digest');
    const database = new Proxy(here.database, {
      get: (target, property) => {
        if (property !== 'startRun') return Reflect.get(target, property);
        return async (run: string, ...rest: [number, never, number]) =>
          run === id ? Promise.reject(new Error('disk full')) : target.startRun(run, ...rest);
      },
    });
    const worker = workerOf({ ...here, database });
    const next = await enqueue(here, 'digest');
    await work(worker);
    expect((await runOf(here, id)).status).toBe('running');
    expect((await runOf(here, next)).status).toBe('succeeded');
    const reaper = reaperOf(here);
    await reaper.tick();
    await here.clock.advance(MINUTE);
    await reaper.tick();
    await here.clock.advance(30 * SECOND);
    await reaper.tick();
    expect((await runOf(here, id)).status).toBe('queued');
  });
});
