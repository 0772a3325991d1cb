import { execFileSync } from 'node:child_process';
import { tempDir, writeFiles } from '../support/temp-dir.ts';

const ENVIRONMENT = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.test',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.test',
};

/** Runs git in a folder; what it prints. */
export function git(dir: string, args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: dir,
    env: ENVIRONMENT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** A fresh repository with one commit of the files. */
export function gitRepository(files: Readonly<Record<string, unknown>>): string {
  const dir = tempDir();
  writeFiles(dir, files);
  git(dir, ['init', '-q', '-b', 'main']);
  commitAll(dir, 'first');
  return dir;
}

export function commitAll(dir: string, message: string): string {
  git(dir, ['add', '-A']);
  git(dir, ['commit', '-q', '-m', message]);
  return git(dir, ['rev-parse', 'HEAD']);
}
