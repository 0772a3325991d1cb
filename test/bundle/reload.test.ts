import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LoadedBundle, loadBundle } from '../../src/bundle/index.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const registries = { presets: [], deliveryTypes: [] };
/** Ahead by so much that a folder counts as still after 50 ms. */
const clock = { now: () => systemClock.now() + 2450 };
const load = (dir: string, previous?: LoadedBundle) => loadBundle({ dir, env: {}, registries, previous, clock });

const seen = ({ bundle, diagnostics }: LoadedBundle) => ({
  hash: bundle.hash,
  automations: [...bundle.automations.keys()],
  broken: [...bundle.broken.keys()],
  stores: [...bundle.stores.keys()],
  knowledge: [...bundle.knowledge.keys()],
  diagnostics,
});

/** Longer than the time in which a change might not show in a folder's times. */
const SETTLED_MS = 70;

/** What people do to files, each with a number that says to which. */
const CHANGES: Readonly<Record<string, (dir: string, number: number) => void>> = {
  add: (dir, number) => writeFiles(dir, { [`automations/added-${number}.json`]: { prompt: `Number ${number}.` } }),
  edit: (dir, number) => writeFiles(dir, { 'automations/first.json': { prompt: `Edited to ${number}.` } }),
  breakOne: (dir) => writeFiles(dir, { 'automations/second.json': '{' }),
  remove: (dir, number) => rmSync(join(dir, `automations/added-${number}.json`), { force: true }),
  rename: (dir) => {
    renameSync(join(dir, 'automations/first.json'), join(dir, 'automations/moved.json'));
    renameSync(join(dir, 'automations/moved.json'), join(dir, 'automations/first.json'));
  },
  newFolder: (dir, number) => writeFiles(dir, { [`knowledge/part-${number}/page.md`]: `# Page ${number}\n` }),
  dropFolder: (dir) => rmSync(join(dir, 'knowledge'), { recursive: true, force: true }),
  store: (dir) => writeFiles(dir, { 'stores/notes.json': { fields: { id: { type: 'string' } }, key: '{id}' } }),
  link: (dir, number) => {
    rmSync(join(dir, 'shared'), { recursive: true, force: true });
    writeFiles(dir, { 'shared/inner/linked.json': { prompt: `Linked ${number}.` } });
    rmSync(join(dir, 'automations/linked.json'), { force: true });
    symlinkSync('../shared/inner/linked.json', join(dir, 'automations/linked.json'));
  },
  leadOut: (dir) => {
    const outside = tempDir();
    writeFiles(outside, { 'linked.json': { prompt: 'From elsewhere.' } });
    mkdirSync(join(dir, 'shared'), { recursive: true });
    rmSync(join(dir, 'shared/inner'), { recursive: true, force: true });
    symlinkSync(outside, join(dir, 'shared/inner'));
  },
};

it('a reload sees what a first load sees, whatever was changed in a folder that had stood still', async () => {
  const change = fc.tuple(fc.constantFrom(...Object.keys(CHANGES)), fc.integer({ min: 0, max: 3 }), fc.boolean());
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      const dir = tempDir();
      writeFiles(dir, { 'automations/first.json': { prompt: 'One.' }, 'automations/second.json': { prompt: 'Two.' } });
      let loaded = await load(dir);
      for (const [name, number, settles] of changes) {
        if (settles) {
          await sleep(SETTLED_MS);
          CHANGES.edit?.(dir, 99);
          loaded = await load(dir, await load(dir, loaded));
        }
        CHANGES[name]?.(dir, number);
        loaded = await load(dir, loaded);
        expect(seen(loaded)).toEqual(seen(await load(dir)));
      }
    }),
    {
      numRuns: 40,
      examples: [
        [
          [
            ['link', 1, false],
            ['edit', 1, true],
            ['leadOut', 1, true],
          ],
        ],
      ],
    },
  );
}, 60_000);

it('does not list a folder again that has stood still', async () => {
  const dir = tempDir();
  writeFiles(dir, { 'automations/first.json': { prompt: 'One.' } });
  const young = await loadBundle({ dir, env: {}, registries, clock: systemClock });
  expect(young.cache.sources.listing.isSettled).toBe(false);
  await sleep(SETTLED_MS);
  const first = await load(dir);
  expect(first.cache.sources.listing.isSettled).toBe(true);
  const second = await load(dir, first);
  expect(second.cache.sources.listing).toBe(first.cache.sources.listing);
  CHANGES.add?.(dir, 1);
  const third = await load(dir, second);
  expect([...third.bundle.automations.keys()]).toEqual(['added-1', 'first']);
});

it('without a clock, takes a file that changed later for the sign that a folder stands still', async () => {
  const withoutClock = (dir: string, previous?: LoadedBundle) => loadBundle({ dir, env: {}, registries, previous });
  const dir = tempDir();
  writeFiles(dir, { 'automations/first.json': { prompt: 'One.' } });
  const first = await withoutClock(dir);
  await sleep(SETTLED_MS);
  CHANGES.edit?.(dir, 1);
  const second = await withoutClock(dir, first);
  const third = await withoutClock(dir, second);
  expect(third.cache.sources.listing.isSettled).toBe(true);
  const fourth = await withoutClock(dir, third);
  expect(fourth.cache.sources.listing).toBe(third.cache.sources.listing);
  CHANGES.add?.(dir, 1);
  const fifth = await withoutClock(dir, fourth);
  expect([...fifth.bundle.automations.keys()]).toEqual(['added-1', 'first']);
});
