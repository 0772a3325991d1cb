import { execFile } from 'node:child_process';
import type { Git } from '../domain/ports/git.ts';

/** No code of the repository and nothing of the user's own configuration takes part. */
const SETTINGS = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.quotePath=false', 'safe.directory=*'];
const ENVIRONMENT = {
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
};
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';
const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** The `git` binary of `searchPath` (a `PATH`); without one, or outside a repository, there is no commit. */
export function createGit(options: { readonly searchPath?: string } = {}): Git {
  const { searchPath = DEFAULT_PATH } = options;
  return {
    describe: async (dir) => {
      const [commit, status] = await Promise.all([
        git(searchPath, dir, ['rev-parse', '--verify', '--quiet', 'HEAD']),
        git(searchPath, dir, [
          'status',
          '--porcelain',
          '-z',
          '--untracked-files=normal',
          '--',
          '.',
          ':(exclude).amodal',
        ]),
      ]);
      const known = commit?.trim();
      return { commit: known ? known : null, dirty: status !== undefined && status !== '' };
    },
  };
}

/** What it prints, or undefined when it fails. */
function git(searchPath: string, dir: string, args: readonly string[]): Promise<string | undefined> {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const options = {
    cwd: dir,
    env: { ...ENVIRONMENT, PATH: searchPath },
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  };
  return new Promise((resolve) => {
    execFile('git', [...settings, ...args], options, (error, stdout) => resolve(error ? undefined : stdout));
  });
}
