import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rootDir } from '../support/root-dir.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const tsc = join(rootDir, 'node_modules/typescript/bin/tsc');

function compile(args: readonly string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, [tsc, ...args], { cwd, encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

it('gives programs that embed it types that hold', { timeout: 240_000 }, () => {
  const dir = tempDir();
  expect(compile(['-p', 'tsconfig.types.json', '--outDir', join(dir, 'types')], rootDir)).toBe('');
  const program = (port: string) => `
import { createAgent } from './types/runtime/index.js';
const agent = await createAgent({ dir: '.', port: ${port}, onAutomationResult: async (result) => { console.log(result.status satisfies string); } });
await agent.operations.listAutomations();
await agent.stop();
`;
  writeFiles(dir, { 'package.json': { type: 'module' }, 'good.ts': program('0'), 'bad.ts': program('"zero"') });
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  const types = ['--typeRoots', join(rootDir, 'node_modules/@types')];
  expect(compile([...options, ...types, '--skipLibCheck', 'good.ts'], dir)).toBe('');
  expect(compile([...options, ...types, '--skipLibCheck', 'bad.ts'], dir)).toMatch(/^bad\.ts\(3.*TS2322/);
});
