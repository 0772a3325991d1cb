import { describe, expect, it } from 'vitest';
import { runService, type Service } from '../../src/engine/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { memoryLogger, SECOND, START, until } from './world.ts';

function counting(next: () => Promise<{ nextAt?: number }> | { nextAt?: number }) {
  const ticks: number[] = [];
  const clock = new FakeClock(START);
  const logger = memoryLogger();
  const service: Service = {
    name: 'counter',
    tick: async () => {
      ticks.push((clock.now() - START) / SECOND);
      return next();
    },
  };
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const advance = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 0.25) {
      await clock.advance(0.25 * SECOND);
      await settle();
    }
  };
  return { ticks, clock, logger, service, settle, advance };
}

describe('the loop around a service', () => {
  it('ticks at once, at the latest every 30 s, and when the service asked to', async () => {
    const asked = [40, 43, 200];
    const here = counting(() => {
      const next = asked.shift();
      return next === undefined ? {} : { nextAt: START + next * SECOND };
    });
    const running = runService(here.service, here);
    await here.settle();
    await here.advance(80);
    expect(here.ticks).toEqual([0, 30, 43, 73]);
    await running.stop();
  });

  it('ticks when poked, also when the poke comes during a tick', async () => {
    const gates: (() => void)[] = [];
    const here = counting(() => new Promise((resolve) => gates.push(() => resolve({}))));
    const running = runService(here.service, here);
    await until(() => gates.length === 1);
    running.poke();
    gates[0]?.();
    await until(() => gates.length === 2);
    gates[1]?.();
    await here.settle();
    expect(here.ticks).toHaveLength(2);
    running.poke();
    await until(() => gates.length === 3);
    gates[2]?.();
    await running.stop();
  });

  it('backs off while ticks fail, however often it is poked, and recovers', async () => {
    let broken = true;
    const here = counting(() => (broken ? Promise.reject(new Error('disk full')) : {}));
    const running = runService(here.service, here);
    await here.settle();
    for (let poke = 0; poke < 10; poke += 1) running.poke();
    await here.advance(8);
    expect(here.ticks).toEqual([0, 0.25, 0.75, 1.75, 3.75, 7.75]);
    broken = false;
    await here.advance(8);
    running.poke();
    await here.settle();
    expect(here.ticks.slice(6)).toEqual([15.75, 16]);
    const [line] = here.logger.lines;
    expect(line).toMatchObject({ level: 'error', message: 'counter failed and tries again' });
    await running.stop();
  });

  it('lets other work have its turn although the service always asks for now', async () => {
    const here = counting(() => ({ nextAt: 0 }));
    const running = runService(here.service, here);
    await here.settle();
    expect(here.ticks.length).toBeGreaterThan(5);
    await running.stop();
    const { length } = here.ticks;
    await here.settle();
    expect(here.ticks).toHaveLength(length);
  });

  it('stops once, after the tick that is under way, and lets the service let go', async () => {
    const order: string[] = [];
    const here = counting(() => ({}));
    const service: Service = {
      ...here.service,
      wakeOn: () => () => order.push('unsubscribed'),
      stop: async () => {
        order.push('let go');
        throw new Error('no matter');
      },
    };
    const running = runService(service, here);
    await Promise.all([running.stop(), running.stop()]);
    running.poke();
    await here.advance(60);
    expect(order).toEqual(['unsubscribed', 'unsubscribed', 'let go']);
    expect(here.ticks).toEqual([0]);
    expect(here.logger.lines.map(({ message }) => message)).toEqual(['counter did not stop well']);
  });
});
