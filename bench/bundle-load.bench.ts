import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadBundle } from '../src/bundle/index.ts';
import { benchBundle } from './children.ts';
import { atMost, interleave, median, report } from './measure.ts';

const FILES = 10_000;
const ROUNDS = 15;
/** The folder was checked out a while ago, as those of servers are. */
const STOOD_STILL_MS = 3000;

const automation = (number: number) => ({
  title: `Automation ${number}`,
  description: 'Looks at one service and says what changed since the run before, with numbers and names.',
  prompt: `Look at service ${number}. Compare with the run before and name what changed. ${'Be brief and exact. '.repeat(8)}`,
  schedule: `${number % 60} ${number % 24} * * *`,
  timezone: 'Europe/London',
  delivery: { targets: [{ type: 'log' }] },
  tags: ['bench', `team-${number % 20}`],
});
const dir = benchBundle(
  Object.fromEntries(Array.from({ length: FILES }, (_, number) => [`automations/a${number}.json`, automation(number)])),
);
const folder = join(dir, 'automations');
const registries = {
  presets: [],
  deliveryTypes: [{ type: 'log', check: () => [], send: async () => ({ ok: true as const }) }],
};
const clock = { now: () => Date.now() };
const timed = async (work: () => unknown): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

await sleep(STOOD_STILL_MS);
let loaded = await loadBundle({ dir, env: {}, registries, clock });
if (loaded.bundle.automations.size !== FILES) throw new Error(JSON.stringify(loaded.diagnostics.slice(0, 3)));
let edits = 0;
const values = await interleave(ROUNDS, {
  floor: () =>
    timed(() => {
      for (const name of readdirSync(folder)) JSON.parse(readFileSync(join(folder, name), 'utf8'));
    }),
  full: () =>
    timed(async () => {
      loaded = await loadBundle({ dir, env: {}, registries, clock });
    }),
  reload: () => {
    edits += 1;
    writeFileSync(join(folder, 'a77.json'), JSON.stringify({ ...automation(77), title: `Edited ${edits}` }));
    return timed(async () => {
      loaded = await loadBundle({ dir, env: {}, registries, clock, previous: loaded });
    });
  },
});
if (loaded.bundle.automations.get('a77')?.title !== `Edited ${edits}`) throw new Error('the edit was not loaded');
const [floor, full, reload] = [median(values.floor), median(values.full), median(values.reload)];
report([
  atMost('10,000 files loaded and validated / read and JSON.parse', full / floor, 2, { fullMs: full, floorMs: floor }),
  atMost('reload after one edit / full load', reload / full, 0.3, { reloadMs: reload }),
]);
