import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/domain/automation.ts';
import type { DeliveryResult } from '../../src/domain/delivery.ts';
import {
  ALERT,
  automation,
  bundleOf,
  courierOf,
  enqueue,
  HOUR,
  INBOX,
  MINUTE,
  runOf,
  SECOND,
  until,
  type World,
  work,
  workerOf,
  world,
} from './world.ts';

const BUSY: DeliveryResult = { ok: false, retryable: true, error: 'answered 503', httpStatus: 503 };
const GONE: DeliveryResult = { ok: false, retryable: false, error: 'answered 410', httpStatus: 410 };

const digest = automation('digest', { delivery: { targets: [INBOX], when: 'always' } });

async function finishRun(here: World, name = 'digest'): Promise<string> {
  const id = await enqueue(here, name);
  await work(workerOf(here));
  expect((await runOf(here, id)).status).toBe('succeeded');
  return id;
}

async function only(here: World) {
  const [delivery, ...others] = await here.database.listDeliveries({ kind: 'result', limit: 10 });
  if (!delivery || others.length > 0) throw new Error('expected one result');
  return delivery;
}

async function tick(here: World, courier = courierOf(here)) {
  const next = await courier.tick();
  await until(async () => (await here.database.listDeliveries({ status: 'sending', limit: 1 })).length === 0);
  return next;
}

describe('the courier', () => {
  it('delivers a result once and records it', async () => {
    const here = await world([digest]);
    const run = await finishRun(here);
    await tick(here);
    await tick(here);
    expect(here.target.sent).toHaveLength(1);
    expect(await only(here)).toMatchObject({ status: 'delivered', attempts: 1, lastStatus: 200 });
    await until(async () => (await here.database.readTranscript(run, -1, 50)).at(-1)?.type === 'delivery.sent');
    const audit = await here.database.listAudit({ run, limit: 10 });
    expect(audit.filter(({ action }) => action === 'delivery.attempt')).toHaveLength(1);
  });

  it('tries again at 30 s, 2 m, 10 m and 1 h under one id, then keeps a dead letter', async () => {
    const here = await world([digest]);
    const run = await finishRun(here);
    const first = here.clock.now();
    here.target.answers.push(BUSY, BUSY, BUSY, BUSY, BUSY);
    const at: number[] = [];
    for (let second = 0; second <= 3700; second += 5) {
      const before = here.target.sent.length;
      await tick(here);
      if (here.target.sent.length > before) at.push((here.clock.now() - first) / SECOND);
      if ((await only(here)).status === 'dead') break;
      await here.clock.advance(5 * SECOND);
    }
    expect(at).toEqual([0, 30, 120, 600, 3600]);
    expect(new Set(here.target.sent.map(({ id }) => id)).size).toBe(1);
    expect(await only(here)).toMatchObject({ status: 'dead', attempts: 5, lastError: 'answered 503' });
    await until(async () => (await here.database.readTranscript(run, -1, 50)).at(-1)?.type === 'delivery.dead');
  }, 60_000);

  it('asks to be woken when the next attempt is due', async () => {
    const here = await world([digest]);
    await finishRun(here);
    here.target.answers.push({ ...BUSY, retryAfterSeconds: 90 });
    const courier = courierOf(here);
    await tick(here, courier);
    expect(await courier.tick()).toEqual({ nextAt: here.clock.now() + 90 * SECOND });
  });

  it('gives up at once when the target refuses, and can be redriven under the same id', async () => {
    const here = await world([digest]);
    await finishRun(here);
    here.target.answers.push(GONE);
    await tick(here);
    const dead = await only(here);
    expect(dead).toMatchObject({ status: 'dead', attempts: 1 });
    await here.database.redriveDelivery(dead.id, 'cli', here.clock.now());
    await tick(here);
    expect(await only(here)).toMatchObject({ id: dead.id, status: 'delivered' });
  });

  it('puts a row aside when no file names its target any more', async () => {
    const here = await world([digest]);
    await finishRun(here);
    here.bundles.put(bundleOf([automation('digest')]));
    await tick(here);
    expect(await only(here)).toMatchObject({
      status: 'held',
      lastError: 'its memory target is no longer in automations/digest.json',
    });
    expect(here.target.sent).toEqual([]);
    here.bundles.put(bundleOf([digest]));
    await here.database.redriveDelivery((await only(here)).id, 'cli', here.clock.now());
    await tick(here);
    expect(await only(here)).toMatchObject({ status: 'delivered' });
  });

  it('sends with the options that the file has now', async () => {
    const here = await world([digest]);
    await finishRun(here);
    const target: Target = { type: 'memory', options: { name: 'inbox', secret: 'env:NEW' } };
    here.bundles.put(bundleOf([automation('digest', { delivery: { targets: [target], when: 'always' } })]));
    await tick(here);
    expect(here.target.sent[0]?.target).toEqual(target);
  });

  it('keeps a slow target from holding up the others', async () => {
    const slow: Target = { type: 'memory', options: { name: 'slow' } };
    const here = await world([digest, automation('slow', { delivery: { targets: [slow], when: 'always' } })]);
    for (let row = 0; row < 20; row += 1) await finishRun(here, 'slow');
    await finishRun(here);
    const never = new Promise<DeliveryResult>(() => {});
    here.target.answers.push(never, never, never, never);
    const courier = courierOf(here);
    await courier.tick();
    await until(() => here.target.sent.some(({ automation }) => automation === 'digest'));
    expect(here.target.sent.filter(({ automation }) => automation === 'slow')).toHaveLength(4);
  });

  it('gives up on an attempt that takes too long, and tries it again later', async () => {
    const here = await world([digest]);
    await finishRun(here);
    here.target.answers.push(new Promise<DeliveryResult>(() => {}));
    const courier = courierOf(here);
    await courier.tick();
    await until(() => here.target.sent.length === 1);
    await here.clock.advance(15 * SECOND);
    await until(async () => (await only(here)).status === 'pending');
    expect(await only(here)).toMatchObject({ attempts: 1, lastError: 'no answer within 15 s' });
  });

  it('treats a target type that throws as a failed attempt', async () => {
    const here = await world([digest]);
    await finishRun(here);
    here.target.answers.push(new Error('our own mistake'));
    await tick(here);
    expect(await only(here)).toMatchObject({ status: 'pending', attempts: 1, lastError: 'Error: our own mistake' });
  });

  it('takes over what a dead predecessor was sending, when its lease is over', async () => {
    const here = await world([digest]);
    await finishRun(here);
    await here.database.claimDeliveries({ limit: 10, leaseMs: MINUTE }, here.clock.now());
    await courierOf(here).tick();
    expect(here.target.sent).toEqual([]);
    await here.clock.advance(MINUTE);
    await tick(here);
    expect(await only(here)).toMatchObject({ status: 'delivered' });
  });

  it('alerts about a result that cannot be delivered when the file asks for it', async () => {
    const failureAlert = { ...ALERT, include: ['undeliverable'] as const };
    const here = await world([automation('digest', { delivery: digest.delivery, failureAlert })]);
    const run = await finishRun(here);
    here.target.answers.push(GONE);
    const courier = courierOf(here);
    await courier.tick();
    await until(async () => (await here.database.listDeliveries({ kind: 'alert', limit: 1 })).length === 1);
    await courier.tick();
    await until(() => here.target.sent.length === 2);
    expect(here.target.sent[1]).toMatchObject({ kind: 'alert', run, payload: { reason: 'undeliverable' } });
    expect(here.target.sent[1]?.payload.error).toContain('answered 410');
  });

  it('makes only the first attempts of one run when asked for that run', async () => {
    const here = await world([digest]);
    const first = await finishRun(here);
    const second = await finishRun(here);
    here.target.answers.push(BUSY);
    await courierOf(here).deliverRun(second);
    const rows = await here.database.listDeliveries({ limit: 10 });
    expect(rows.map(({ run, status, attempts }) => [run, status, attempts])).toEqual([
      [second, 'pending', 1],
      [first, 'pending', 0],
    ]);
  });

  it('finishes what it is sending before it stops, and starts nothing new', async () => {
    const here = await world([digest]);
    await finishRun(here);
    let answer: (result: DeliveryResult) => void = () => {};
    here.target.answers.push(
      new Promise<DeliveryResult>((resolve) => {
        answer = resolve;
      }),
    );
    const courier = courierOf(here);
    await courier.tick();
    await until(() => here.target.sent.length === 1);
    const stopped = courier.stop();
    answer({ ok: true });
    await stopped;
    expect(await only(here)).toMatchObject({ status: 'delivered' });
    await here.clock.advance(HOUR);
    await finishRun(here);
    await courier.tick();
    expect(here.target.sent).toHaveLength(1);
  });
});
