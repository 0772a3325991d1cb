import { describe, expect, it } from 'vitest';
import { acquireStateLock, instanceSecret, isStateHeld, openDatabase, readHolder } from '../../../src/db/index.ts';
import { NO_FAULTS } from '../../../src/domain/ports/faults.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { newId, newRun, T0 } from '../fixtures.ts';
import { useChildren } from './children.ts';

const children = useChildren();
const ME = { pid: process.pid, startedAt: T0 };

const open = (stateDir: string) => openDatabase({ stateDir, faults: NO_FAULTS, newId });

describe('several processes on one state', () => {
  it('make exactly one row of each key that all of them offer', async () => {
    const stateDir = tempDir();
    const siblings = ['a', 'b', 'c'].map(() => children.start('enqueue', stateDir, '100'));
    await Promise.all(siblings.map((child) => child.says('ready')));
    for (const child of siblings) child.go();
    expect(await Promise.all(siblings.map((child) => child.ended))).toEqual([0, 0, 0]);
    const answers = siblings.flatMap(({ lines }) => lines);
    expect(answers.filter((line) => line === 'queued')).toHaveLength(100);
    expect(answers.filter((line) => line === 'duplicate')).toHaveLength(200);
    const database = await open(stateDir);
    const keys = (await database.listRuns({ limit: 1000 })).map(({ dedupeKey }) => dedupeKey);
    expect(new Set(keys).size).toBe(100);
    expect(keys).toHaveLength(100);
    await database.close();
  });

  it('run each claimed run once', async () => {
    const stateDir = tempDir();
    const database = await open(stateDir);
    const runs = Array.from({ length: 120 }, (_, index) => newRun({ automation: `a${index % 7}` }));
    await Promise.all(runs.map((run) => database.enqueueRun(run, {}, T0)));
    const workers = ['a', 'b'].map(() => children.start('drain', stateDir));
    await Promise.all(workers.map((child) => child.says('ready')));
    for (const child of workers) child.go();
    expect(await Promise.all(workers.map((child) => child.ended))).toEqual([0, 0]);
    const claimed = workers.flatMap(({ lines }) => lines.filter((line) => line.startsWith('run_')));
    expect(claimed.toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
    expect(
      (await database.listRuns({ limit: 200 })).every(({ status, fence }) => status === 'succeeded' && fence === 1),
    ).toBe(true);
    await database.close();
  });

  it('see a switch that another one flips while they write', async () => {
    const stateDir = tempDir();
    const database = await open(stateDir);
    const cli = children.start('pause', stateDir, 'digest');
    let ended = false;
    void cli.ended.then(() => {
      ended = true;
    });
    while (!ended) await database.enqueueRun(newRun(), {}, T0);
    expect(await cli.ended).toBe(0);
    expect((await database.getAutomationState('digest')).paused?.reason).toBe('by another process');
    await database.close();
  });

  it('can all open a state that is not there yet', async () => {
    const stateDir = tempDir();
    const siblings = ['a', 'b', 'c', 'd'].map(() => children.start('open', stateDir));
    expect(await Promise.all(siblings.map((child) => child.ended))).toEqual([0, 0, 0, 0]);
  });

  it('lose nothing that was acknowledged before a kill at any moment', async () => {
    const stateDir = tempDir();
    let acknowledged = 0;
    for (let round = 1; round <= 6; round += 1) {
      const child = children.start('accept', stateDir);
      const enough = 20 + Math.floor(Math.random() * 400);
      await new Promise<void>((resolve) => {
        child.process.stdout?.on('data', () => child.lines.length >= enough && resolve());
      });
      child.process.kill('SIGKILL');
      expect(await child.ended).toBe('SIGKILL');
      const said = child.lines.filter((line) => /^run_[0-9a-f]{32}$/.test(line));
      const database = await open(stateDir);
      const kept = await Promise.all(said.map((id) => database.getRun(id)));
      expect(kept.filter((run) => run === undefined)).toEqual([]);
      acknowledged += said.length;
      const { queued } = await database.countRuns();
      expect(queued).toBeGreaterThanOrEqual(acknowledged);
      // At most the requests that were under way in the children were stored without having been acknowledged.
      expect(queued).toBeLessThanOrEqual(acknowledged + round * 16);
      await database.close();
    }
  });
});

describe('the state lock', () => {
  it('is held by one process, which it names, and freed by kill -9', async () => {
    const stateDir = tempDir();
    expect(isStateHeld(stateDir)).toBe(false);
    const child = children.start('lock', stateDir);
    await child.says('held');
    expect(isStateHeld(stateDir)).toBe(true);
    const refused = await acquireStateLock({ stateDir, holder: ME });
    expect(refused).toEqual({
      ok: false,
      holder: { pid: child.process.pid, url: 'http://127.0.0.1:1', token: 't', startedAt: T0 },
    });
    child.process.kill('SIGKILL');
    await child.ended;
    expect(isStateHeld(stateDir)).toBe(false);
    const lock = await acquireStateLock({ stateDir, holder: ME });
    expect(lock.ok).toBe(true);
    expect(readHolder(stateDir)).toEqual(ME);
    const late = children.start('lock', stateDir);
    await late.says('refused');
    if (lock.ok) lock.release();
    expect(isStateHeld(stateDir)).toBe(false);
    expect(readHolder(stateDir)).toBeUndefined();
  });

  it('survives looks and tries of its own process', async () => {
    const stateDir = tempDir();
    const lock = await acquireStateLock({ stateDir, holder: ME });
    expect(await acquireStateLock({ stateDir, holder: ME })).toMatchObject({ ok: false });
    expect(isStateHeld(stateDir)).toBe(true);
    const other = children.start('lock', stateDir);
    await other.says('refused');
    if (lock.ok) lock.release();
  });

  it('leaves commands that need no lock alone', async () => {
    const stateDir = tempDir();
    const lock = await acquireStateLock({ stateDir, holder: ME });
    const cli = children.start('pause', stateDir, 'digest');
    expect(await cli.ended).toBe(0);
    if (lock.ok) lock.release();
  });
});

describe('the instance secret', () => {
  it('is made once, and is the given one when there is one', () => {
    const stateDir = tempDir();
    const secret = instanceSecret({ stateDir });
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(instanceSecret({ stateDir })).toBe(secret);
    expect(instanceSecret({ stateDir: tempDir() })).not.toBe(secret);
    expect(instanceSecret({ stateDir, given: 'from the environment' })).toBe('from the environment');
  });
});

describe('killed at a fault point', () => {
  const die = async (fault: string, argument = 'success') => {
    const stateDir = tempDir();
    const child = children.start('way', stateDir, argument, fault);
    expect(await child.ended).toBe('SIGKILL');
    const database = await open(stateDir);
    const [run] = await database.listRuns({ limit: 5 });
    return { database, run, lines: child.lines };
  };

  it('accept.before-commit: nothing was said and nothing is there', async () => {
    const { run, lines } = await die('accept.before-commit');
    expect([run, lines]).toEqual([undefined, []]);
  });

  it('accept.after-commit: the row is there, and the sender’s second try is a duplicate', async () => {
    const { database, run } = await die('accept.after-commit');
    expect(run?.status).toBe('queued');
    expect(await database.enqueueRun(newRun({ dedupeKey: 'one' }), {}, T0)).toEqual({
      type: 'duplicate',
      run: run?.id,
    });
  });

  it('claim: the successor finds the start counted and the run lost', async () => {
    const { database, run } = await die('claim');
    expect(run).toMatchObject({ status: 'running', fence: 1, interruptions: 1 });
    expect(await database.listLostRuns({ notOwner: 'successor' }, T0)).toHaveLength(1);
  });

  it('result.before-commit and alert: the end did not happen, in no table', async () => {
    for (const [point, argument] of [
      ['result.before-commit', 'success'],
      ['alert', 'failure'],
    ] as const) {
      const { database, run } = await die(point, argument);
      expect(run).toMatchObject({ status: 'running', attempt: 0 });
      expect(await database.listDeliveries({ limit: 5 })).toEqual([]);
      expect((await database.getAutomationState('digest')).lastRunSummary).toBeUndefined();
    }
  });

  it('result.after-commit: run, delivery and summary are there together', async () => {
    const { database, run } = await die('result.after-commit');
    expect(run?.status).toBe('succeeded');
    expect(await database.listDeliveries({ limit: 5 })).toMatchObject([{ status: 'pending', run: run?.id }]);
    expect((await database.getAutomationState('digest')).lastRunSummary).toBe('all well');
  });

  it('outbox.claim: the row is due again when the sender’s lease is over', async () => {
    const { database } = await die('outbox.claim');
    expect(await database.claimDeliveries({ limit: 5, leaseMs: 1000 }, T0 + 999)).toEqual([]);
    expect(await database.claimDeliveries({ limit: 5, leaseMs: 1000 }, T0 + 1000)).toMatchObject([{ fence: 2 }]);
  });

  it('migrate: the next start goes on where the schema stands', async () => {
    for (const fault of ['migrate:1', 'migrate:2', 'migrate:3']) {
      const { database, run } = await die(fault);
      expect(run).toBeUndefined();
      expect(await database.enqueueRun(newRun(), {}, T0)).toMatchObject({ type: 'queued' });
      expect(await database.healthy()).toBe(true);
    }
  });
});
