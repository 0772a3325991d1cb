import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rootDir } from '../support/root-dir.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Lists the bundle of a folder and prints, as its last line, how V8 took the compiled code of each file. */
const LIST = `
const { loadProgram } = require(process.argv[1] + '/bin/load-program.js');
const taken = [];
loadProgram('cli', (file, script) => taken.push(script.cachedDataRejected ?? 'absent'))
  .main(['--dir', process.argv[2], 'ops', 'automations', 'list', '--json'])
  .then((code) => console.log(JSON.stringify({ code, taken })));
`;

function list(root: string, env: NodeJS.ProcessEnv = {}) {
  const dir = tempDir();
  cpSync(join(rootDir, 'automations'), join(dir, 'automations'), { recursive: true });
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const lines = execFileSync(process.execPath, ['-e', LIST, root, dir], options).trimEnd().split('\n');
  const { code, taken } = JSON.parse(lines.pop() ?? '') as { code: number; taken: readonly (boolean | 'absent')[] };
  return { code, taken, listed: JSON.parse(lines.join('\n')) as readonly object[] };
}

/** A copy of the program whose compiled code another version of V8 made, as its header says. */
function ofAnotherVersion(): string {
  const root = tempDir();
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(rootDir, name), join(root, name), { recursive: true });
  symlinkSync(join(rootDir, 'node_modules'), join(root, 'node_modules'));
  for (const folder of ['dist', 'dist/chunks']) {
    for (const name of readdirSync(join(root, folder)).filter((file) => file.endsWith('.compiled'))) {
      const file = join(root, folder, name);
      const bytes = readFileSync(file);
      bytes.writeUInt32LE(bytes.readUInt32LE(4) ^ 1, 4);
      writeFileSync(file, bytes);
    }
  }
  return root;
}

it('a listing compiles nothing: what the build compiled is taken for every file', () => {
  const { code, taken } = list(rootDir);
  expect(code).toBe(0);
  expect(taken.length).toBeGreaterThan(5);
  expect(new Set(taken)).toEqual(new Set([false]));
});

it('does the same without compiled code, and with that of another V8', () => {
  const usual = list(rootDir);
  const without = list(rootDir, { NODE_DISABLE_COMPILE_CACHE: '1' });
  expect(new Set(without.taken)).toEqual(new Set(['absent']));
  const foreign = list(ofAnotherVersion());
  expect(new Set(foreign.taken)).toEqual(new Set([true]));
  expect([without.code, foreign.code]).toEqual([0, 0]);
  expect([without.listed.length, foreign.listed.length]).toEqual([usual.listed.length, usual.listed.length]);
});
