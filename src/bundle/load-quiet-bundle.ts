import type { Clock } from '../domain/ports/clock.ts';
import { readGitState } from './git-state.ts';
import { type LoadedBundle, type LoadOptions, loadBundle } from './load-bundle.ts';
import { readSources, type Sources } from './read-sources.ts';

/** How long a folder must stand still: longer than the steps in which file systems count time. */
const SETTLE_MS = 25;
/** A lock that stays this long was left behind by a process that died. */
const STALE_LOCK_MS = 10_000;
/** After so many loads of a folder that never stands still the last one counts: something writes into it for ever. */
const MOST_LOADS = 200;

/**
 * Loads a folder that others may be changing: a load during which anything changed, or Git held its index, is repeated.
 * What comes back stood in the folder at one moment.
 */
export async function loadQuietBundle(
  options: LoadOptions,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<LoadedBundle> {
  let previous = options.previous;
  for (let loads = 1; ; loads++) {
    const before = await idleGitState(options.dir, { clock, signal });
    const loaded = await loadBundle({ ...options, clock, previous });
    await clock.sleep(SETTLE_MS, signal);
    const after = readGitState(options.dir);
    const isQuiet =
      after.mark === before.mark &&
      after.isBusy === before.isBusy &&
      isUnchanged(loaded.cache.sources, loaded.bundle.dir);
    if (isQuiet || loads >= MOST_LOADS || signal?.aborted) return loaded;
    previous = loaded;
  }
}

async function idleGitState(dir: string, { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal }) {
  const end = clock.monotonic() + STALE_LOCK_MS;
  for (;;) {
    const state = readGitState(dir);
    if (!state.isBusy || clock.monotonic() >= end || signal?.aborted) return state;
    await clock.sleep(SETTLE_MS, signal);
  }
}

/** Lists and looks at everything again; files that changed just before they were read are read again. */
function isUnchanged(sources: Sources, dir: string): boolean {
  const again = readSources(dir, sources);
  if (again.byPath.size !== sources.byPath.size) return false;
  for (const [path, source] of again.byPath) if (sources.byPath.get(path) !== source) return false;
  return true;
}
