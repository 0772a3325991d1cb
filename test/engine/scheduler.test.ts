import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/index.ts';
import { NO_FAULTS } from '../../src/domain/ports/faults.ts';
import {
  ALERT,
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
  SECOND,
  START,
  schedulerOf,
  work,
  workerOf,
  world,
} from './world.ts';

const told = (runs: Awaited<ReturnType<typeof occurrences>>) =>
  runs.map(({ status, reason, instant = 0, instantCount }) =>
    [status, reason, (instant - START) / MINUTE, instantCount > 1 ? `x${instantCount}` : undefined]
      .filter((part) => part !== undefined)
      .join(' '),
  );

describe('the scheduler', () => {
  it('records each due instant as one queued run and asks to be woken for the next', async () => {
    const here = await world([cron('digest', '*/10 * * * *')]);
    const scheduler = schedulerOf(here);
    expect(await scheduler.tick()).toEqual({ nextAt: START + 10 * MINUTE });
    await here.clock.advance(10 * MINUTE);
    expect(await scheduler.tick()).toEqual({ nextAt: START + 20 * MINUTE });
    expect(told(await occurrences(here, 'digest'))).toEqual(['queued 10']);
    expect(await scheduler.tick()).toEqual({ nextAt: START + 20 * MINUTE });
    expect(await occurrences(here, 'digest')).toHaveLength(1);
  });

  it('never skips or doubles an instant when it restarts at every minute of a day', async () => {
    const automations = [
      cron('quarter', '*/15 * * * *'),
      cron('odd', '7-59/13 * * * *', { missed: { policy: 'skip' } }),
      cron('daily', '30 2 * * *', { schedule: { expression: '30 2 * * *', timezone: 'America/New_York' } }),
      cron('hourly', '0 * * * *', { overlap: 'queue' }),
    ];
    const here = await world(automations);
    await schedulerOf(here).tick();
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      await here.clock.advance(MINUTE);
      await schedulerOf(here).tick();
    }
    const counts = await Promise.all(automations.map((one) => proveLedger(here, one, START)));
    expect(counts).toEqual([96, 120, 1, 24]);
    const missed = (await Promise.all(automations.map(({ name }) => occurrences(here, name)))).flat();
    expect(missed.filter(({ status }) => status === 'missed')).toEqual([]);
  }, 60_000);

  it('accounts for every instant of an outage that begins and ends at any minute', async () => {
    const automations = [
      cron('quarter', '*/15 * * * *'),
      cron('all', '*/20 * * * *', { missed: { policy: 'all', withinMinutes: 50 } }),
    ];
    const here = await world(automations);
    await schedulerOf(here).tick();
    for (let outage = 1; outage < 120; outage += 1) {
      await here.clock.advance(outage * MINUTE);
      await schedulerOf(here).tick();
    }
    for (const one of automations) expect(await proveLedger(here, one, START)).toBeGreaterThan(300);
  });

  it.each([
    ['an hour ahead', HOUR],
    ['a day ahead', DAY],
    ['an hour back', -HOUR],
    ['a day back', -DAY],
  ])(
    'never skips or doubles an instant when the clock is set %s',
    async (_, jump) => {
      const automations = [cron('quarter', '*/15 * * * *', { overlap: 'queue' }), cron('daily', '5 10 * * *')];
      const here = await world(automations);
      const scheduler = schedulerOf(here);
      const run = async (minutes: number) => {
        for (let minute = 0; minute < minutes; minute += 1) {
          await here.clock.advance(MINUTE);
          await scheduler.tick();
        }
      };
      await scheduler.tick();
      await run(100);
      here.clock.jump(jump);
      await run(30);
      await schedulerOf(here).tick();
      const edited = cron('quarter', '*/15 * * * *', { overlap: 'queue', prompt: 'Another prompt.' });
      here.bundles.put(bundleOf([edited, ...automations.slice(1)]));
      await run(1500);
      for (const one of automations) await proveLedger(here, one, START);
      const { firedThrough = 0 } = await here.database.getAutomationState('quarter');
      expect(firedThrough).toBeGreaterThan(START + 100 * MINUTE);
      expect(firedThrough).toBeLessThanOrEqual(Math.max(here.clock.now(), START + 100 * MINUTE));
    },
    60_000,
  );

  it('lets two runtimes on one state record each instant once', async () => {
    const one = cron('digest', '* * * * *', { overlap: 'queue' });
    const here = await world([one]);
    const database = await openDatabase({ stateDir: here.stateDir, faults: NO_FAULTS, newId });
    const [first, second] = [schedulerOf(here), schedulerOf({ ...here, database })];
    await first.tick();
    await second.tick();
    for (let minute = 0; minute < 60; minute += 1) {
      await here.clock.advance(MINUTE);
      await Promise.all([first.tick(), second.tick()]);
    }
    expect(await proveLedger(here, one, START)).toBe(60);
    expect(await occurrences(here, 'digest')).toHaveLength(60);
    await database.close();
  });

  it('follows the policy for instants that passed while nothing ran', async () => {
    const names = ['skip', 'latest', 'all'] as const;
    const here = await world([
      cron('skip', '0 * * * *', { missed: { policy: 'skip' } }),
      cron('latest', '0 * * * *'),
      cron('all', '0 * * * *', { missed: { policy: 'all', withinMinutes: 130 } }),
    ]);
    await schedulerOf(here).tick();
    await here.clock.advance(4 * HOUR + 5 * MINUTE);
    await schedulerOf(here).tick();
    const rows = await Promise.all(names.map(async (name) => told(await occurrences(here, name))));
    expect(rows).toEqual([
      ['missed policy 60 x4'],
      ['missed policy 60 x3', 'queued 240'],
      ['missed policy 60', 'queued 120', 'queued 180', 'queued 240'],
    ]);
  });

  it('tells about missed instants when the file asks for it, once in a cooldown', async () => {
    const failureAlert = { ...ALERT, include: ['missed'] as const };
    const here = await world([cron('digest', '*/10 * * * *', { missed: { policy: 'skip' }, failureAlert })]);
    const outage = async (minutes: number) => {
      await here.clock.advance(minutes * MINUTE);
      await schedulerOf(here).tick();
      const courier = courierOf(here);
      await courier.tick();
      await courier.stop();
      return here.target.sent.map(({ payload }) => payload.error?.slice(0, 75));
    };
    await schedulerOf(here).tick();
    const first = '3 runs from 2026-01-05T09:10:00.000Z to 2026-01-05T09:30:00.000Z did not ha';
    expect(await outage(35)).toEqual([first]);
    expect(await outage(30)).toEqual([first]);
    expect(await outage(31)).toHaveLength(2);
    expect(here.target.sent[0]?.payload).toMatchObject({ status: 'failure', reason: 'missed', automation: 'digest' });
  });

  it('records the instants of a pause as skipped, and resumes from now', async () => {
    const here = await world([cron('digest', '*/10 * * * *')]);
    const scheduler = schedulerOf(here);
    await scheduler.tick();
    const pause = { at: START, by: 'cli', reason: 'freeze', automatic: false };
    await here.database.pauseAutomation('digest', pause, START);
    await here.clock.advance(35 * MINUTE);
    await schedulerOf(here).tick();
    await here.clock.advance(5 * MINUTE);
    await scheduler.tick();
    await here.database.resumeAutomation('digest', { nextFire: START + 50 * MINUTE, by: 'cli' }, here.clock.now());
    await here.clock.advance(10 * MINUTE);
    await scheduler.tick();
    expect(told(await occurrences(here, 'digest'))).toEqual(['skipped paused 10 x3', 'skipped paused 40', 'queued 50']);
  });

  it.each([
    ['skip', ['queued 1', 'skipped overlap 2']],
    ['queue', ['queued 1', 'queued 2']],
    ['parallel', ['queued 1', 'queued 2']],
    ['cancel', ['cancelled overlap 1', 'queued 2']],
  ] as const)('gives a second run what overlap "%s" says while the first waits', async (overlap, expected) => {
    const here = await world([cron('digest', '* * * * *', { overlap })]);
    const scheduler = schedulerOf(here);
    await scheduler.tick();
    await here.clock.advance(MINUTE);
    await scheduler.tick();
    await here.clock.advance(MINUTE);
    await scheduler.tick();
    expect(told(await occurrences(here, 'digest'))).toEqual(expected);
  });

  it('withdraws what an edited or deleted schedule had queued, and starts the new one from now', async () => {
    const here = await world([cron('edited', '0 10 * * *'), cron('deleted', '0 10 * * *'), cron('kept', '0 10 * * *')]);
    const scheduler = schedulerOf(here);
    await scheduler.tick();
    await here.clock.advance(HOUR);
    await scheduler.tick();
    here.bundles.put(bundleOf([cron('edited', '30 10 * * *'), cron('kept', '0 10 * * *', { prompt: 'New words.' })]));
    await scheduler.tick();
    await here.clock.advance(30 * MINUTE);
    await scheduler.tick();
    expect(told(await occurrences(here, 'edited'))).toEqual(['skipped withdrawn 60', 'queued 90']);
    expect(told(await occurrences(here, 'deleted'))).toEqual(['skipped withdrawn 60']);
    expect(told(await occurrences(here, 'kept'))).toEqual(['queued 60']);
  });

  it('keeps the place of a file that is broken for a while', async () => {
    const one = cron('digest', '0 * * * *');
    const here = await world([one]);
    const scheduler = schedulerOf(here);
    await scheduler.tick();
    await here.clock.advance(HOUR);
    await scheduler.tick();
    const broken = new Map([['digest', { name: 'digest', file: one.file, diagnostics: [] }]]);
    here.bundles.put(bundleOf([], { broken }));
    await scheduler.tick();
    await here.clock.advance(2 * HOUR);
    await scheduler.tick();
    expect(told(await occurrences(here, 'digest'))).toEqual(['queued 60']);
    here.bundles.put(bundleOf([one]));
    await work(workerOf(here));
    await scheduler.tick();
    expect(told(await occurrences(here, 'digest'))).toEqual(['succeeded 60', 'missed policy 120', 'queued 180']);
  });

  it('ignores automations that are disabled or not triggered by the clock', async () => {
    const here = await world([
      cron('off', '* * * * *', { enabled: false }),
      cron('hook', '* * * * *', { trigger: 'webhook' }),
    ]);
    expect(await schedulerOf(here).tick()).toEqual({ nextAt: undefined });
  });

  it('is woken by a reload', async () => {
    const here = await world([]);
    let pokes = 0;
    const undo = schedulerOf(here).wakeOn?.(() => {
      pokes += 1;
    });
    here.bundles.put(bundleOf([]));
    undo?.();
    here.bundles.put(bundleOf([]));
    expect(pokes).toBe(1);
  });

  it('fires at seconds, and tells that something is waiting', async () => {
    const here = await world([cron('digest', '*/20 * * * * *', { overlap: 'queue' })]);
    let fired = 0;
    const scheduler = schedulerOf(here, () => {
      fired += 1;
    });
    await scheduler.tick();
    await here.clock.advance(45 * SECOND);
    await scheduler.tick();
    expect(fired).toBe(1);
    expect(await occurrences(here, 'digest')).toHaveLength(2);
  });

  it('fails its tick when the state fails, and accounts for the instant on the next one', async () => {
    const one = cron('digest', '* * * * *');
    const here = await world([one]);
    let failures = 1;
    const database = new Proxy(here.database, {
      get: (target, property) => {
        if (property === 'fireSchedules' && failures-- > 0) return async () => Promise.reject(new Error('disk full'));
        return Reflect.get(target, property);
      },
    });
    const scheduler = schedulerOf({ ...here, database });
    await scheduler.tick();
    await here.clock.advance(MINUTE);
    await expect(scheduler.tick()).rejects.toThrow('disk full');
    await scheduler.tick();
    expect(await proveLedger(here, one, START)).toBe(1);
  });

  it('records a thousand runs that are due in one second within two seconds, without holding up the process', {
    retry: 2,
  }, async () => {
    const many = Array.from({ length: 1000 }, (_, index) => cron(`a${index}`, '0 10 * * *'));
    const here = await world(many);
    const scheduler = schedulerOf(here);
    await scheduler.tick();
    await here.clock.advance(HOUR);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const begin = performance.now();
    await scheduler.tick();
    const took = performance.now() - begin;
    delay.disable();
    expect(await here.database.countRuns()).toMatchObject({ queued: 1000 });
    expect(took).toBeLessThan(2000);
    expect(delay.max / 1e6).toBeLessThan(100);
  });

  it('keeps the other schedules when one cannot be computed', async () => {
    const here = await world([cron('odd', '61 25 * * *'), cron('digest', '0 10 * * *')]);
    const scheduler = schedulerOf(here);
    expect(await scheduler.tick()).toEqual({ nextAt: START + HOUR });
    await here.clock.advance(HOUR);
    await scheduler.tick();
    expect(await occurrences(here, 'digest')).toHaveLength(1);
    expect(here.logger.lines).toMatchObject([{ level: 'error', fields: { automation: 'odd' } }]);
  });

  it('leaves runs asked for by hand alone', async () => {
    const here = await world([cron('digest', '0 10 * * *')]);
    const run = await enqueue(here, 'digest');
    await schedulerOf(here).tick();
    here.bundles.put(bundleOf([]));
    await schedulerOf(here).tick();
    expect((await here.database.getRun(run))?.status).toBe('queued');
  });
});
