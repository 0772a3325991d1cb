import { describe, expect, it } from 'vitest';
import type { Retention } from '../../src/domain/retention.ts';
import type { OperationsPorts } from '../../src/operations/ports.ts';
import { verifyLedger } from '../../src/operations/verify-ledger.ts';
import {
  ALERT,
  automation,
  bundleOf,
  cron,
  DAY,
  enqueue,
  HOUR,
  INBOX,
  MINUTE,
  newId,
  occurrences,
  reaperOf,
  runOf,
  SECOND,
  START,
  SUCCESS,
  schedulerOf,
  until,
  type World,
  work,
  workerOf,
  world,
} from './world.ts';

/** A worker that claims and is never heard of again. */
async function die(here: World, owner = 'dead'): Promise<void> {
  const claimed = await here.database.claimRun({ owner, leaseMs: MINUTE }, here.clock.now());
  expect(claimed).toBeDefined();
}

describe('the reaper', () => {
  it('takes back at its start whatever a predecessor left running, without waiting for leases', async () => {
    const here = await world([automation('digest')]);
    const id = await enqueue(here, 'digest');
    await die(here);
    await reaperOf(here).tick();
    expect(await runOf(here, id)).toMatchObject({ status: 'queued', attempt: 0, interruptions: 1 });
    await work(workerOf(here));
    expect(await runOf(here, id)).toMatchObject({ status: 'succeeded', attempt: 1, interruptions: 1 });
  });

  it('removes inbound dead letters that have become too old', async () => {
    const here = await world([automation('digest')]);
    const rejection = {
      id: 'rej_1',
      automation: 'digest',
      reason: 'paused',
      httpStatus: 200,
      receivedAt: here.clock.now(),
      peer: '127.0.0.1',
      headers: {},
      query: '',
      bodyBytes: 0,
      isAuthentic: true,
      fingerprint: 'one',
    } as const;
    await here.database.keepRejection(rejection, here.clock.now());
    const reaper = reaperOf(here);
    await reaper.tick();
    expect(await here.database.getRejection('rej_1')).toBeDefined();
    await here.clock.advance(15 * 24 * 60 * MINUTE);
    await reaper.tick();
    expect(await here.database.getRejection('rej_1')).toBeUndefined();
  });

  it('leaves its own runs alone', async () => {
    const here = await world([automation('digest')]);
    const id = await enqueue(here, 'digest');
    await die(here, 'this');
    await reaperOf(here, 'this').tick();
    expect((await runOf(here, id)).status).toBe('running');
  });

  it('takes back later what has lost its lease', async () => {
    const here = await world([automation('digest')]);
    const reaper = reaperOf(here);
    await reaper.tick();
    const id = await enqueue(here, 'digest');
    await die(here);
    await here.clock.advance(59 * SECOND);
    expect(await reaper.tick()).toEqual({ nextAt: here.clock.now() + 15 * SECOND });
    expect((await runOf(here, id)).status).toBe('running');
    await here.clock.advance(2 * SECOND);
    await reaper.tick();
    expect((await runOf(here, id)).status).toBe('queued');
  });

  it('does not take a living session for a dead one when the clock is set ahead', async () => {
    const here = await world([automation('digest')]);
    const session = here.sessions.open();
    const id = await enqueue(here, 'digest');
    const [worker, reaper] = [workerOf(here), reaperOf(here)];
    await reaper.tick();
    await worker.tick();
    await until(() => here.sessions.begun.length === 1);
    here.clock.jump(60 * MINUTE);
    for (let look = 0; look < 4; look += 1) {
      await reaper.tick();
      for (let step = 0; step < 15; step += 1) {
        await here.clock.advance(SECOND);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    session.end(SUCCESS);
    await until(() => worker.active() === 0);
    expect(await runOf(here, id)).toMatchObject({ status: 'succeeded', attempt: 1, interruptions: 0 });
  });

  it('takes back a run of its own process whose end could not be recorded', async () => {
    const here = await world([automation('digest')]);
    const reaper = reaperOf(here);
    await reaper.tick();
    const id = await enqueue(here, 'digest');
    await die(here, 'this');
    await here.clock.advance(MINUTE);
    await reaper.tick();
    expect((await runOf(here, id)).status).toBe('running');
    await here.clock.advance(30 * SECOND);
    await reaper.tick();
    expect((await runOf(here, id)).status).toBe('queued');
  });

  it('ends a run that was interrupted three times, and alerts', async () => {
    const here = await world([
      automation('digest', { failureAlert: ALERT, retry: { attempts: 9, backoffSeconds: [] } }),
    ]);
    const id = await enqueue(here, 'digest');
    const states: string[] = [];
    for (let start = 0; start < 3; start += 1) {
      await die(here);
      await reaperOf(here).tick();
      states.push((await runOf(here, id)).status);
    }
    expect(states).toEqual(['queued', 'queued', 'failed']);
    expect(await runOf(here, id)).toMatchObject({ reason: 'interrupted', interruptions: 3 });
    const [alert] = await here.database.listDeliveries({ kind: 'alert', limit: 10 });
    expect(alert?.payload).toMatchObject({ reason: 'interrupted', consecutiveFailures: 1, run: id });
  });

  it('never starts a run again that may have written, and lists its writes', async () => {
    const here = await world([automation('digest')]);
    const id = await enqueue(here, 'digest');
    const claimed = await here.database.claimRun({ owner: 'dead', leaseMs: MINUTE }, here.clock.now());
    const call = {
      run: id,
      call: '1.1',
      tool: 'request',
      operation: 'crm:POST /notes',
      idempotencyKey: `${id}.1.1`,
      at: 0,
    };
    const audit = { action: 'write.intent', actor: 'agent', run: id, details: {} } as const;
    await here.database.recordWriteIntent(call, claimed?.run.fence ?? 0, audit, here.clock.now());
    await reaperOf(here).tick();
    const run = await runOf(here, id);
    expect(run).toMatchObject({ status: 'failed', reason: 'interrupted' });
    expect(run.error).toContain('unknown: crm:POST /notes');
  });

  it('takes back the others when one of them cannot be', async () => {
    const here = await world([automation('digest')]);
    const ids = [await enqueue(here, 'digest'), await enqueue(here, 'digest')];
    await die(here);
    await die(here);
    const database = new Proxy(here.database, {
      get: (target, property) => {
        if (property !== 'reclaimRun') return Reflect.get(target, property);
        const reclaim: typeof target.reclaimRun = async (settle, now) => {
          if (settle.run === ids[0]) throw new Error('disk full');
          return target.reclaimRun(settle, now);
        };
        return reclaim;
      },
    });
    await expect(reaperOf({ ...here, database }).tick()).rejects.toThrow('1 lost runs could not be taken back yet');
    expect((await runOf(here, ids[1] ?? '')).status).toBe('queued');
  });
});

describe('retention', () => {
  const old = async (here: World, count = 1) => {
    const ids: string[] = [];
    for (let run = 0; run < count; run += 1) ids.push(await enqueue(here, 'digest'));
    await work(workerOf(here));
    return ids;
  };
  const left = async (here: World) => (await here.database.listRuns({ limit: 500 })).length;

  it('removes runs after 90 days, and nothing of the audit trail, when the bundle says nothing', async () => {
    const here = await world([automation('digest')]);
    await old(here, 3);
    const trail = await here.database.listAudit({ limit: 1000 });
    const reaper = reaperOf(here);
    await reaper.tick();
    await here.clock.advance(89 * DAY);
    await reaper.tick();
    expect(await left(here)).toBe(3);
    await here.clock.advance(2 * DAY);
    expect(await reaper.tick()).toEqual({ nextAt: here.clock.now() + 15 * SECOND });
    expect(await left(here)).toBe(1);
    expect((await here.database.listAudit({ limit: 1000 })).slice(0, trail.length)).toEqual(trail);
  });

  it('follows the bundle that is in force, and keeps for ever what it says to keep', async () => {
    const here = await world([automation('digest')], { settings: settingsWith({ runsDays: null, auditDays: 7 }) });
    await old(here, 3);
    await here.database.appendAudit({ action: 'run.triggered', actor: 'cli', details: {} }, here.clock.now());
    const reaper = reaperOf(here);
    await reaper.tick();
    await here.clock.advance(400 * DAY);
    await reaper.tick();
    expect(await left(here)).toBe(3);
    expect((await here.database.listAudit({ limit: 10 })).map(({ action }) => action)).toEqual(['audit.pruned']);
    here.bundles.put(bundleOf([automation('digest')], { settings: settingsWith({ runsDays: 1, auditDays: null }) }));
    await here.clock.advance(HOUR);
    await reaper.tick();
    expect(await left(here)).toBe(1);
  });

  it('takes a long history in portions, so that lost runs are looked for in between', async () => {
    const here = await world([automation('digest')]);
    for (let run = 0; run < 1500; run += 1) await missedRow(here, run);
    const reaper = reaperOf(here);
    await reaper.tick();
    await here.clock.advance(91 * DAY);
    expect(await reaper.tick()).toEqual({ nextAt: here.clock.now() + SECOND });
    const afterOne = await countLeft(here);
    expect(afterOne).toBeGreaterThan(0);
    expect(afterOne).toBeLessThan(1500);
    await reaper.tick();
    expect(await countLeft(here)).toBe(1);
  });

  it('believes no clock that is set ahead while it runs', async () => {
    const here = await world([automation('digest')]);
    await old(here, 2);
    const reaper = reaperOf(here);
    await reaper.tick();
    here.clock.jump(400 * DAY);
    await reaper.tick();
    expect(await left(here)).toBe(2);
  });

  it('waits for the next hour when the state cannot be written, and says so', async () => {
    const here = await world([automation('digest')]);
    await old(here, 2);
    let refusals = 0;
    const database = new Proxy(here.database, {
      get: (target, property) => {
        if (property !== 'pruneRuns' || refusals > 0) return Reflect.get(target, property);
        refusals += 1;
        return () => Promise.reject(new Error('disk full'));
      },
    });
    const reaper = reaperOf({ ...here, database });
    await reaper.tick();
    await here.clock.advance(91 * DAY);
    await reaper.tick();
    expect(here.logger.lines.at(-1)).toMatchObject({ level: 'warn', message: 'old history could not be removed' });
    await reaper.tick();
    expect(await left(here)).toBe(2);
    await here.clock.advance(HOUR);
    await reaper.tick();
    expect(await left(here)).toBe(1);
  });

  it('leaves no gap in the account of a schedule, and a restart fires nothing that was pruned', async () => {
    const hourly = cron('digest', '0 * * * *', { overlap: 'queue' });
    const here = await world([hourly], { settings: settingsWith({ runsDays: 1, auditDays: null }) });
    const [scheduler, reaper] = [schedulerOf(here), reaperOf(here)];
    for (let hour = 0; hour < 72; hour += 1) {
      await scheduler.tick();
      await work(workerOf(here));
      await reaper.tick();
      if (hour === 5) await leaveUndelivered(here);
      await here.clock.advance(HOUR);
    }
    const [kept, ...before] = await occurrences(here, 'digest');
    expect(kept?.instant).toBe(START + 5 * HOUR);
    const first = before[0]?.instant ?? 0;
    expect(first).toBeGreaterThan(START + DAY);
    expect((await here.database.getAutomationState('digest')).accountedFrom).toBe(first - HOUR + 1);
    const proof = await verifyLedger(here as unknown as OperationsPorts)({ days: 30 });
    expect(proof).toMatchObject({ ok: true, instants: before.length });
    await schedulerOf(here).tick();
    const after = await occurrences(here, 'digest');
    expect(after.filter(({ instant = 0 }) => instant < first)).toEqual([kept]);
  });
});

/** The newest run has a delivery that nobody takes. */
async function leaveUndelivered(here: World): Promise<void> {
  const [run] = await here.database.listRuns({ limit: 1 });
  if (!run) throw new Error('there is no run');
  const payload = { automation: 'digest', status: 'success', timestamp: '', run: run.id, text: '' } as const;
  const delivery = {
    id: newId('dlv'),
    kind: 'result',
    target: INBOX,
    payload,
    run: run.id,
    automation: 'digest',
  } as const;
  await here.database.addDeliveries([delivery], here.clock.now());
}

function settingsWith(retention: Retention) {
  return { ...bundleOf([]).settings, retention };
}

/** A row that ended as soon as it was written. */
async function missedRow(here: World, minute: number): Promise<void> {
  const automation = `old-${minute % 10}`;
  const expectedNextFire = START - DAY + minute;
  await here.database.syncSchedules([{ automation, scheduleHash: `h${minute}`, nextFire: expectedNextFire }], START);
  const occurrence = { instant: expectedNextFire, verdict: 'missed', run: newId('run') } as const;
  const fire = { automation, scheduleHash: `h${minute}`, expectedNextFire, nextFire: undefined, maxActive: 1 } as const;
  await here.database.fireSchedule(
    { ...fire, firedThrough: expectedNextFire, occurrences: [occurrence], overlap: 'queue' },
    here.clock.now(),
  );
}

async function countLeft(here: World): Promise<number> {
  return (await here.database.listRuns({ limit: 5000 })).length;
}
