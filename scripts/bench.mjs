// Runs every file of bench/ in a process of its own and prints one table; `--json` prints the raw figures.
// Ratios only: each file measures its floor side by side, in interleaved rounds, and gives medians.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const names = readdirSync('bench')
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => basename(file, '.bench.ts'))
  .filter((name) => only.length === 0 || only.includes(name));

rmSync('dist/bench', { recursive: true, force: true });
spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
await build({
  entryPoints: [
    ...names.map((name) => `bench/${name}.bench.ts`),
    'bench/peers/bare-intake.ts',
    'bench/peers/bare-loop.ts',
    'bench/peers/burst-client.ts',
    'bench/peers/instant-model.ts',
    'bench/peers/slow-model.ts',
  ],
  outbase: 'bench',
  outdir: 'dist/bench',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: ['better-sqlite3', 'minijinja-js', 'nodemailer'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

const rows = names.flatMap((name) => {
  process.stderr.write(`bench ${name} …\n`);
  const { stdout, status, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', join('dist/bench', `${name}.bench.js`)],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  if (status !== 0) throw new Error(`bench ${name} failed:\n${stderr}`);
  return JSON.parse(stdout);
});
mkdirSync('dist/bench', { recursive: true });
writeFileSync('dist/bench/results.json', `${JSON.stringify(rows, null, 2)}\n`);
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else for (const line of table(rows)) process.stdout.write(`${line}\n`);
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;

function table(all) {
  const cells = [
    ['what', 'measured', 'goal', ''],
    ...all.map(({ what, measured, goal, ok }) => [what, measured, goal, ok ? 'ok' : 'MISSED']),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
}
