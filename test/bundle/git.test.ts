import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGit } from '../../src/bundle/index.ts';
import { tempDir, writeFiles } from '../support/temp-dir.ts';
import { git, gitRepository } from './repository.ts';

const { describe: describeDir } = createGit();

describe('what Git says of a folder', () => {
  it('is nothing outside of a repository and before the first commit', async () => {
    const dir = tempDir();
    expect(await describeDir(dir)).toEqual({ commit: null, dirty: false });
    git(dir, ['init', '-q']);
    expect((await describeDir(dir)).commit).toBeNull();
  });

  it('is the commit, and whether something is not committed', async () => {
    const dir = gitRepository({ 'automations/a.json': { prompt: 'x' } });
    const commit = git(dir, ['rev-parse', 'HEAD']);
    expect(await describeDir(dir)).toEqual({ commit, dirty: false });
    writeFiles(dir, { 'automations/a.json': { prompt: 'y' } });
    expect(await describeDir(dir)).toEqual({ commit, dirty: true });
    git(dir, ['checkout', '-q', '.']);
    writeFiles(dir, { 'automations/new.json': { prompt: 'y' } });
    expect(await describeDir(dir)).toEqual({ commit, dirty: true });
  });

  it('does not look at the state folder, nor outside of the bundle', async () => {
    const dir = gitRepository({ 'bundle/automations/a.json': { prompt: 'x' }, 'other.txt': 'x' });
    writeFiles(dir, { 'bundle/.amodal/state.db': 'x', 'other.txt': 'y' });
    expect((await describeDir(join(dir, 'bundle'))).dirty).toBe(false);
    expect((await describeDir(dir)).dirty).toBe(true);
  });

  it('runs no hook and no program that the repository names', async () => {
    const dir = gitRepository({ 'a.txt': 'x' });
    const marker = join(dir, '.git', 'ran');
    const program = join(dir, '.git', 'program.sh');
    writeFileSync(program, `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    mkdirSync(join(dir, '.git/hooks'), { recursive: true });
    for (const hook of ['post-index-change', 'fsmonitor-watchman']) {
      writeFileSync(join(dir, '.git/hooks', hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    }
    git(dir, ['config', 'core.fsmonitor', program]);
    await describeDir(dir);
    expect(existsSync(marker)).toBe(false);
  });

  it('is nothing without a git binary', async () => {
    const dir = gitRepository({ 'a.txt': 'x' });
    expect(await createGit({ searchPath: '/nowhere' }).describe(dir)).toEqual({ commit: null, dirty: false });
  });

  it('does not depend on the variables of the process', async () => {
    const dir = gitRepository({ 'a.txt': 'x' });
    const commit = git(dir, ['rev-parse', 'HEAD']);
    process.env.GIT_DIR = '/nowhere';
    try {
      expect((await describeDir(dir)).commit).toBe(commit);
    } finally {
      delete process.env.GIT_DIR;
    }
  });
});
