import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootDir } from './root-dir.ts';
import { tempDir } from './temp-dir.ts';

/** A clone of this repository with the working tree's files on top: what a new user has after `npm install`. */
export interface Sandbox {
  readonly dir: string;
  /** Environment for its commands: `amodal` and `npx amodal` are the ones under test. */
  readonly env: Readonly<Record<string, string>>;
}

export function createSandbox(more: Readonly<Record<string, string>> = {}): Sandbox {
  const dir = join(tempDir(), 'amodal');
  git(rootDir, 'clone', '--quiet', '--no-hardlinks', rootDir, dir);
  for (const file of git(dir, 'ls-files').split('\n').filter(Boolean)) rmSync(join(dir, file));
  for (const file of git(rootDir, 'ls-files', '-co', '--exclude-standard').split('\n').filter(Boolean)) copy(file, dir);
  symlinkSync(join(rootDir, 'node_modules'), join(dir, 'node_modules'));
  cpSync(join(rootDir, 'dist'), join(dir, 'dist'), { recursive: true });
  execFileSync(process.execPath, ['scripts/make-env.mjs'], { cwd: dir });
  const bin = join(dir, '..', 'bin');
  writeCommand(bin, 'amodal', `exec "${process.execPath}" "${join(dir, 'bin/amodal.js')}" "$@"`);
  writeCommand(bin, 'npx', '"$@"');
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: process.env.HOME ?? dir, NO_COLOR: '1', ...more };
  return { dir, env };
}

function copy(file: string, dir: string): void {
  mkdirSync(dirname(join(dir, file)), { recursive: true });
  try {
    cpSync(join(rootDir, file), join(dir, file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function writeCommand(bin: string, name: string, script: string): void {
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', env: { PATH: process.env.PATH, HOME: process.env.HOME } });
}
