import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What tells that Git is changing the work tree, or has changed it. */
export interface GitState {
  /** True while a command holds the index: it may be half way through the files. */
  readonly isBusy: boolean;
  /** Changes with each commit, checkout, merge and reset. */
  readonly mark: string;
}

/** The state of the repository around the folder; outside of one it is never busy. */
export function readGitState(dir: string): GitState {
  const gitDir = findGitDir(dir);
  if (gitDir === undefined) return { isBusy: false, mark: '' };
  const index = statSync(join(gitDir, 'index'), { throwIfNoEntry: false });
  const mark = [textOf(join(gitDir, 'HEAD')), index?.mtimeMs, index?.ctimeMs, index?.ino, index?.size].join(' ');
  return { isBusy: statSync(join(gitDir, 'index.lock'), { throwIfNoEntry: false }) !== undefined, mark };
}

/** `.git` of the folder or of one above it; in a linked work tree it is a file that names the place. */
function findGitDir(dir: string): string | undefined {
  for (let at = resolve(dir); ; at = dirname(at)) {
    const path = join(at, '.git');
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) return path;
    const [, target] = found?.isFile() ? (/^gitdir: (.+)$/m.exec(textOf(path)) ?? []) : [];
    if (target !== undefined) return resolve(at, target);
    if (dirname(at) === at) return undefined;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
