import { describe, expect, it } from 'vitest';
import {
  ALERT,
  automation,
  enqueue,
  MINUTE,
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
