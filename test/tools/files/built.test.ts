import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runAmodal } from '../../support/amodal-process.ts';
import { rootDir } from '../../support/root-dir.ts';
import { tempDir, writeFiles } from '../../support/temp-dir.ts';

interface Shown {
  readonly status: string;
  readonly files: readonly { readonly filename: string; readonly kind: string; readonly size_bytes: number }[];
}

const ROWS = [
  { region: 'North', sales: 12 },
  { region: 'South', sales: 30 },
];

describe('the built command line', () => {
  it('draws charts and writes reports in a read-only run, and lists them with the run', {
    timeout: 60_000,
  }, async () => {
    const dir = tempDir();
    writeFiles(dir, {
      'automations/report.json': { prompt: 'Draw the sales and write a report.' },
      'automations/report.script.json': {
        turns: [
          {
            toolCalls: [
              { tool: 'chart', input: { title: 'Sales', data: ROWS, mark: 'bar', x: 'region', y: 'sales' } },
              {
                tool: 'chart',
                input: { title: 'Sales', data: ROWS, mark: 'bar', x: 'region', y: 'sales', format: 'svg' },
              },
              { tool: 'pdf', input: { title: 'Report', sections: [{ heading: 'Sales', text: 'They **rose**.' }] } },
            ],
          },
          { text: 'Three files.' },
        ],
      },
    });
    const amodal = (...args: readonly string[]) => runAmodal(['--dir', dir, ...args]);
    const triggered = await amodal('ops', 'automations', 'trigger', 'report');
    expect(triggered.code, triggered.stderr + triggered.stdout).toBe(0);
    const history = JSON.parse((await amodal('ops', 'automations', 'history', 'report', '--json')).stdout);
    const id = String(history[0].id);
    const run = JSON.parse((await amodal('ops', 'runs', 'show', id, '--json')).stdout) as Shown;
    expect(run.status).toBe('succeeded');
    const listed = run.files.map(({ filename, kind }) => `${filename} ${kind}`).sort();
    expect(listed).toEqual(['Report.pdf document', 'Sales.png chart', 'Sales.svg chart']);
    for (const { size_bytes: size } of run.files) expect(size).toBeGreaterThan(1_000);
    expect((await amodal('ops', 'runs', 'show', id)).stdout).toMatch(/Files[\s\S]*Report\.pdf \(\d+ bytes\)/);
  });

  it('holds no code that draws: that is loaded by the worker alone', () => {
    const holding = (entry: string, mark: string) => [...reachable(entry)].some((file) => dist(file).includes(mark));
    for (const mark of ['Unrecognized signal name', '@resvg/resvg-js', '"pdfkit"', 'xl/styles.xml']) {
      expect({ mark, cli: holding('cli.cjs', mark), index: holding('index.cjs', mark) }).toEqual({
        mark,
        cli: false,
        index: false,
      });
      expect({ mark, worker: holding('render-worker.js', mark) }).toEqual({ mark, worker: true });
    }
  });

  it('loads from node_modules only what an installation brings', () => {
    const { dependencies } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'));
    const [, list = ''] = /external: \[([^\]]*)\]/.exec(readFileSync(join(rootDir, 'scripts/build.mjs'), 'utf8')) ?? [];
    const external = [...list.matchAll(/'([^']+)'/g)].map(([, name = '']) => name);
    expect(external).toContain('pdfkit');
    expect(external.filter((name) => !(name in dependencies))).toEqual([]);
  });
});

function dist(file: string): string {
  return readFileSync(join(rootDir, 'dist', file), 'utf8');
}

/** A file of `dist/` and every one that it imports, at once or later. */
function reachable(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, path = ''] of dist(file).matchAll(/["'](\.{1,2}\/(?:chunks\/)?[\w.-]+\.c?js)["']/g)) {
    const next = resolve('/', dirname(file), path).slice(1);
    reachable(next, seen);
  }
  return seen;
}
