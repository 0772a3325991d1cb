import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type BundleWatch,
  type LoadedBundle,
  loadBundle,
  loadQuietBundle,
  watchBundle,
} from '../../src/bundle/index.ts';
import type { Clock } from '../../src/domain/ports/clock.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';
import { registries } from './load.ts';
import { commitAll, git, gitRepository } from './repository.ts';

const clock = systemClock;
const run = promisify(execFile);
const watches: BundleWatch[] = [];

afterEach(async () => {
  await Promise.all(watches.splice(0).map((watch) => watch.close()));
});

/** Watches a folder; `until` resolves with the first load that fits. */
async function watching(dir: string) {
  const loads: LoadedBundle[] = [];
  const errors: unknown[] = [];
  const waiting = new Set<() => void>();
  const first = await loadBundle({ dir, env: {}, registries });
  const watch = await watchBundle({
    dir,
    env: {},
    registries,
    first,
    clock,
    onLoad: (loaded) => {
      loads.push(loaded);
      for (const wake of waiting) wake();
    },
    onError: (error) => errors.push(error),
  });
  watches.push(watch);
  const until = (fits: (loaded: LoadedBundle) => boolean) =>
    new Promise<LoadedBundle>((resolve) => {
      const look = () => {
        const found = loads.find(fits);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { first, loads, errors, until, watch };
}

/** The machine's clock, and a promise of the moment at which it was asked to wait for the n-th time. */
function countingClock(times: number) {
  let count = 0;
  let tell: () => void = () => {};
  const hasWaited = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const patient: Clock = {
    ...clock,
    sleep: (ms, signal) => {
      count += 1;
      if (count === times) tell();
      return clock.sleep(ms, signal);
    },
  };
  return { patient, hasWaited };
}

const promptOf = ({ bundle }: LoadedBundle, name: string) => bundle.automations.get(name)?.prompt;

describe('a watched folder', () => {
  it('is loaded again when a file is written, made or deleted', async () => {
    const dir = tempDir();
    writeFiles(dir, { 'automations/a.json': { prompt: 'one' } });
    const { until } = await watching(dir);
    writeFiles(dir, { 'automations/a.json': { prompt: 'two' } });
    await until((loaded) => promptOf(loaded, 'a') === 'two');
    writeFiles(dir, {
      'automations/b.json': { prompt: 'new' },
      'connections/api/spec.json': { baseUrl: 'https://a.test' },
    });
    await until(({ bundle }) => bundle.automations.has('b') && bundle.connections.has('api'));
    rmSync(join(dir, 'automations/a.json'));
    await until(({ bundle }) => bundle.automations.has('b') && !bundle.automations.has('a'));
  });

  it('tells what broke, and what is whole again', async () => {
    const dir = tempDir();
    writeFiles(dir, { 'automations/a.json': { prompt: 'one' } });
    const { until } = await watching(dir);
    writeFiles(dir, { 'automations/a.json': '{ "prompt": ' });
    const broken = await until(({ bundle }) => bundle.broken.has('a'));
    expect(broken.diagnostics).toHaveLength(1);
    writeFiles(dir, { 'automations/a.json': { prompt: 'whole' } });
    await until((loaded) => promptOf(loaded, 'a') === 'whole');
  });

  it('follows its .env', async () => {
    const dir = tempDir();
    writeFiles(dir, { 'automations/a.json': { prompt: 'one', webhookAuth: { type: 'github', secret: 'env:S' } } });
    const { until } = await watching(dir);
    writeFiles(dir, { '.env': 'S=a secret of some length\n' });
    await until(({ bundle }) => bundle.automations.has('a'));
  });

  it('does not care about anything else', async () => {
    const dir = tempDir();
    writeFiles(dir, { 'automations/a.json': { prompt: 'one' } });
    const { until, loads } = await watching(dir);
    writeFiles(dir, { '.amodal/state.db': 'x', 'node_modules/x/automations/b.json': '{}', 'src/a.ts': 'x' });
    writeFiles(dir, { 'automations/a.json': { prompt: 'two' } });
    await until((loaded) => promptOf(loaded, 'a') === 'two');
    expect(loads.every(({ bundle }) => bundle.automations.size === 1)).toBe(true);
  });

  it('is never read half way through a checkout', async () => {
    const FILES = 150;
    const SWITCHES = 30;
    const bundle = (version: string) =>
      Object.fromEntries(
        Array.from({ length: FILES }, (_, number) => [
          `automations/a${number}.json`,
          { prompt: version, title: version, tags: version === 'odd' ? ['one more line'] : [] },
        ]),
      );
    const dir = gitRepository(bundle('even'));
    git(dir, ['checkout', '-q', '-b', 'odd']);
    writeFiles(dir, { ...bundle('odd'), 'automations/extra.json': { prompt: 'odd' } });
    commitAll(dir, 'odd');
    const { loads, until } = await watching(dir);
    for (let at = 0; at < SWITCHES; at++) {
      await run('git', ['checkout', '-q', at % 2 === 0 ? 'main' : 'odd'], { cwd: dir });
      if (at % 3 === 0) await until(({ bundle: { automations } }) => automations.size > 0);
      if (at % 5 === 0) await run('git', ['status', '--porcelain'], { cwd: dir });
    }
    await run('git', ['checkout', '-q', 'main'], { cwd: dir });
    writeFileSync(join(dir, 'automations/last.json'), '{ "prompt": "last" }');
    await until(({ bundle: { automations } }) => automations.has('last'));
    const mixed = loads.filter(({ bundle: { automations } }) => {
      const versions = new Set(
        [...automations.values()].map(({ prompt }) => prompt).filter((prompt) => prompt !== 'last'),
      );
      const expected = versions.has('odd') ? FILES + 1 : FILES;
      return versions.size !== 1 || automations.size - (automations.has('last') ? 1 : 0) !== expected;
    });
    expect(mixed).toEqual([]);
    expect(loads.length).toBeGreaterThan(0);
  });

  it('waits while Git holds its index', async () => {
    const dir = gitRepository({ 'automations/a.json': { prompt: 'one' } });
    const lock = join(dir, '.git/index.lock');
    writeFileSync(lock, '');
    writeFiles(dir, { 'automations/a.json': { prompt: 'half' } });
    let isDone = false;
    const { patient, hasWaited } = countingClock(4);
    const loading = loadQuietBundle({ dir, env: {}, registries }, { clock: patient }).then((loaded) => {
      isDone = true;
      return loaded;
    });
    await hasWaited;
    expect(isDone).toBe(false);
    writeFiles(dir, { 'automations/a.json': { prompt: 'whole' } });
    rmSync(lock);
    expect(promptOf(await loading, 'a')).toBe('whole');
  });
});
