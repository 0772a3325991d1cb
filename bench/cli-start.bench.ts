import { spawnSync } from 'node:child_process';
import { atMost, interleave, median, report } from './measure.ts';

const ROUNDS = 21;
const GOALS = { version: 1.3, validate: 2, list: 2.5 } as const;

const time = (args: readonly string[]) => () => {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`);
  return performance.now() - start;
};

const values = await interleave(ROUNDS, {
  node: time(['-e', '0']),
  version: time(['bin/amodal.js', '--version']),
  validate: time(['bin/amodal.js', 'validate']),
  list: time(['bin/amodal.js', 'ops', 'automations', 'list']),
});
const floor = median(values.node);
report(
  (['version', 'validate', 'list'] as const).map((command) =>
    atMost(`amodal ${command} / node -e 0`, median(values[command]) / floor, GOALS[command], {
      medianMs: median(values[command]),
      floorMs: floor,
    }),
  ),
);
