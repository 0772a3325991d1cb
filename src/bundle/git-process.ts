import { execFile } from 'node:child_process';

/** No code of the repository and nothing of the user's own configuration takes part. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'protocol.allow=never',
  'safe.directory=*',
];
const ENVIRONMENT = {
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
};
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';
const TIMEOUT_MS = 10_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** Where the `git` binary works, and what it reads from stdin. */
export interface GitProcess {
  readonly dir: string;
  /** A `PATH`. */
  readonly searchPath?: string;
  readonly input?: string;
  readonly maxBytes?: number;
}

/** What `git` prints, or undefined when it fails, prints too much or is not there. */
export function runGit(args: readonly string[], process: GitProcess): Promise<Buffer | undefined> {
  const { dir, searchPath = DEFAULT_PATH, input = '', maxBytes = MAX_OUTPUT_BYTES } = process;
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const options = {
    cwd: dir,
    env: { ...ENVIRONMENT, PATH: searchPath },
    timeout: TIMEOUT_MS,
    maxBuffer: maxBytes,
    windowsHide: true,
    encoding: 'buffer',
  } as const;
  return new Promise((resolve) => {
    const child = execFile('git', [...settings, ...args], options, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
    // Whoever ends before it has read everything says so by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
