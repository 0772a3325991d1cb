import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runAmodal } from '../support/amodal-process.ts';
import { createSandbox } from '../support/sample-sandbox.ts';

interface Entry {
  readonly value: Readonly<Record<string, unknown>>;
}

it("the sample's drift detector tells how the API has grown, notes it, and is clean once that is accepted", async () => {
  const { dir } = createSandbox();
  const check = async () => {
    const { stdout, stderr, code } = await runAmodal([
      '--dir',
      dir,
      'ops',
      'automations',
      'trigger',
      'drift-detector',
      '--wait',
    ]);
    expect(code, stdout + stderr).toBe(0);
    const [last = ''] = readFileSync(join(dir, '.amodal/out/drift.jsonl'), 'utf8').trim().split('\n').slice(-1);
    return JSON.parse(last) as { readonly result: string };
  };
  const grown = await check();
  expect(grown.result).toContain('added: POST /api/agents/webhook/{name}: a new operation');
  expect(grown.result).toContain('copy it over connections/repository/openapi.json');
  writeFileSync(join(dir, 'connections/repository/openapi.json'), git(dir, 'show', 'HEAD:docs/openapi.json'));
  const clean = await check();
  expect(clean.result).toContain('All clean.');
  expect(clean.result).toContain('The check before this one found: additive.');
  const { stdout } = await runAmodal(['--dir', dir, 'ops', 'stores', 'show', 'drift_history', '--json']);
  const entries = (JSON.parse(stdout) as readonly Entry[]).map(({ value }) => value);
  expect(entries.map(({ connection, verdict, breaking }) => [connection, verdict, breaking]).sort()).toEqual([
    ['repository', 'additive', 0],
    ['repository', 'clean', 0],
  ]);
}, 60_000);

function git(dir: string, ...args: readonly string[]): string {
  return execFileSync('git', [...args], { cwd: dir, encoding: 'utf8' });
}
