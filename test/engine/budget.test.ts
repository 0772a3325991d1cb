import { describe, expect, it } from 'vitest';
import {
  automation,
  DAY,
  enqueue,
  FIGURES,
  HOUR,
  INBOX,
  OVERLOADED,
  PAGER,
  runOf,
  SUCCESS,
  type World,
  work,
  workerOf,
  world,
} from './world.ts';

const CAPPED = automation('digest', {
  budget: { per30DaysUsd: 1 },
  delivery: { targets: [INBOX], when: 'always' },
  failureAlert: { after: 1, cooldownMinutes: 60, targets: [PAGER], include: ['budget'], recovery: true },
});

/** A run that costs so many dollars, as its record tells. */
async function spend(one: World, costUsd: number) {
  const id = await enqueue(one, 'digest');
  const claimed = await one.database.claimRun({ owner: 'test', leaseMs: HOUR, run: id }, one.clock.now());
  if (!claimed) throw new Error('not claimed');
  const content = { step: 1, model: 'm', inputTokens: 1, outputTokens: 1, totalTokens: 2, costUsd };
  const { fence } = claimed.run;
  await one.database.appendTranscript(id, fence, [{ type: 'usage', content }], one.clock.now());
  const policy = { retry: { attempts: 1, backoffSeconds: [] }, autoPauseAfter: 0 };
  const end = {
    run: id,
    fence,
    outcome: SUCCESS,
    figures: FIGURES,
    policy,
    deliveries: [],
    alerts: () => [],
    transcript: [],
  };
  await one.database.settleRun(end, one.clock.now());
}

async function ran(one: World, changes: Parameters<typeof enqueue>[2] = {}) {
  const id = await enqueue(one, 'digest', changes);
  await work(workerOf(one));
  return runOf(one, id);
}

const alertsOf = (one: World) => one.database.listDeliveries({ kind: 'alert', limit: 10 });

describe('an automation that has spent its 30 days', () => {
  it('is skipped with the reason until old spend ages out; people hear of it once', async () => {
    const one = await world([CAPPED]);
    await spend(one, 0.6);
    expect(await ran(one)).toMatchObject({ status: 'succeeded' });
    await one.clock.advance(DAY);
    await spend(one, 0.6);
    const skipped = await ran(one);
    expect(skipped).toMatchObject({
      status: 'skipped',
      reason: 'budget',
      error: 'the 30-day budget of this automation is spent: its cap is 1 US dollars ("budget.per30DaysUsd")',
      attempt: 0,
    });
    const record = await one.database.readTranscript(skipped.id, -1, 100);
    expect(record.map(({ type }) => type)).toEqual(['run.queued', 'alert.queued', 'session.status_closed']);
    expect(await ran(one)).toMatchObject({ status: 'skipped' });
    const alerts = await alertsOf(one);
    expect(alerts.map(({ run, payload }) => [run, payload.reason, payload.text])).toEqual([
      [skipped.id, 'budget', expect.stringContaining('digest is skipped from now on: the 30-day budget')],
    ]);
    await one.clock.advance(29 * DAY + HOUR);
    expect(await ran(one)).toMatchObject({ status: 'succeeded' });
    await spend(one, 1);
    expect(await ran(one)).toMatchObject({ status: 'skipped' });
    expect(await alertsOf(one)).toHaveLength(2);
  });

  it('is no failure: nothing is counted, paused or delivered', async () => {
    const one = await world([CAPPED]);
    await spend(one, 1);
    for (let run = 0; run < 12; run += 1) await ran(one);
    const state = await one.database.getAutomationState('digest');
    expect(state).toMatchObject({ paused: undefined, alert: { consecutiveFailures: 0 } });
    expect(await one.database.listDeliveries({ kind: 'result', limit: 10 })).toEqual([]);
    expect(one.sessions.begun).toEqual([]);
  });

  it('may still replay what is recorded: that costs nothing', async () => {
    const one = await world([CAPPED]);
    const old = await ran(one);
    await spend(one, 1);
    expect(await ran(one, { trigger: 'replay', replayOf: old.id, replayMode: 'safe' })).toMatchObject({
      status: 'skipped',
    });
    expect(await ran(one, { trigger: 'replay', replayOf: old.id, replayMode: 'offline' })).toMatchObject({
      status: 'succeeded',
    });
    expect(one.sessions.begun.at(-1)?.replay).toMatchObject({ mode: 'offline' });
  });
});

describe('what only shows', () => {
  it('leaves no delivery, no alert and no state, and stands in nobody’s way', async () => {
    const one = await world([{ ...CAPPED, overlap: 'skip', budget: {} }]);
    const old = await ran(one);
    const before = await one.database.getAutomationState('digest');
    const rehearsal = {
      trigger: 'replay',
      replayOf: old.id,
      replayMode: 'safe',
      overlap: 'parallel',
      maxActive: 1_000,
    } as const;
    const open = one.sessions.open();
    const shown = await enqueue(one, 'digest', rehearsal);
    const worker = workerOf(one);
    await worker.tick();
    const real = await enqueue(one, 'digest', { overlap: 'skip', maxActive: 1 });
    await worker.tick();
    open.end({ type: 'failed', reason: 'model_error', error: 'no', retryable: true });
    await work(worker);
    expect(await runOf(one, real)).toMatchObject({ status: 'succeeded' });
    expect(await runOf(one, shown)).toMatchObject({ status: 'failed', reason: 'model_error' });
    const deliveries = await one.database.listDeliveries({ limit: 10 });
    expect(deliveries.map(({ run }) => run).sort()).toEqual([old.id, real].sort());
    const after = await one.database.getAutomationState('digest');
    expect(after.alert).toEqual(before.alert);
    const record = await one.database.readTranscript(shown, -1, 100);
    expect(record.map(({ type }) => type)).toContain('alert.captured');
  });
});

describe('what earlier attempts have cost', () => {
  it('is told to the next one, also of an attempt that broke off', async () => {
    const one = await world([automation('digest', { retry: { attempts: 3, backoffSeconds: [0] } })]);
    const id = await enqueue(one, 'digest');
    const lost = await one.database.claimRun({ owner: 'dead', leaseMs: 1, run: id }, one.clock.now());
    const usage = { step: 1, inputTokens: 70, outputTokens: 7, totalTokens: 77, costUsd: 0.5 };
    await one.database.appendTranscript(id, lost?.run.fence, [{ type: 'usage', content: usage }], one.clock.now());
    await one.clock.advance(1_000);
    const policy = { retry: { attempts: 3, backoffSeconds: [0] }, autoPauseAfter: 0 };
    await one.database.reclaimRun({ run: id, fence: lost?.run.fence ?? 0, policy, alerts: () => [] }, one.clock.now());
    const reclaimed = await runOf(one, id);
    expect([reclaimed.usage.totalTokens, reclaimed.costUsd, reclaimed.steps]).toEqual([77, 0.5, 1]);
    one.sessions.next(OVERLOADED);
    await work(workerOf(one));
    await work(workerOf(one));
    expect((await runOf(one, id)).usage.totalTokens).toBe(77 + 2 * FIGURES.usage.totalTokens);
    expect(one.sessions.begun.map(({ earlier }) => earlier)).toEqual([
      { usage: { inputTokens: 70, outputTokens: 7, totalTokens: 77 }, costUsd: 0.5 },
      { usage: { inputTokens: 70, outputTokens: 7, totalTokens: 77 }, costUsd: 0.5 },
    ]);
  });
});

describe('an empty result that nobody wants to hear of', () => {
  it('succeeds, is not delivered, and says so in its record', async () => {
    const one = await world([CAPPED]);
    one.sessions.next({ type: 'succeeded', result: '[]', quiet: true });
    const run = await ran(one);
    expect(run).toMatchObject({ status: 'succeeded', result: '[]' });
    expect(await one.database.listDeliveries({ limit: 10 })).toEqual([]);
    const record = await one.database.readTranscript(run.id, -1, 100);
    expect(record.find(({ type }) => type === 'delivery.suppressed')?.content.reason).toContain('"success.empty"');
  });
});
