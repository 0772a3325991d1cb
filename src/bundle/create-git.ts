import type { Git } from '../domain/ports/git.ts';
import { runGit } from './git-process.ts';

/** The `git` binary of `searchPath` (a `PATH`); without one, or outside a repository, there is no commit. */
export function createGit(options: { readonly searchPath?: string } = {}): Git {
  return {
    describe: async (dir) => {
      const [commit, status] = await Promise.all([
        runGit(['rev-parse', '--verify', '--quiet', 'HEAD'], { dir, ...options }),
        runGit(['status', '--porcelain', '-z', '--untracked-files=normal', '--', '.', ':(exclude).amodal'], {
          dir,
          ...options,
        }),
      ]);
      const known = commit?.toString('utf8').trim();
      return { commit: known ? known : null, dirty: status !== undefined && status.length > 0 };
    },
  };
}
