import { relative, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import type { Clock } from '../domain/ports/clock.ts';
import type { LoadedBundle, LoadOptions } from './load-bundle.ts';
import { loadQuietBundle } from './load-quiet-bundle.ts';

/** How long a change waits for others that belong to it. */
export const DEFAULT_DEBOUNCE_MS = 60;
/** Changes that never end are loaded all the same after this time. */
const LONGEST_DEBOUNCE_MS = 2000;

/** A folder to watch, from its first load on. */
export interface WatchOptions extends Omit<LoadOptions, 'previous'> {
  readonly first: LoadedBundle;
  readonly clock: Clock;
  readonly debounceMs?: number;
  /** A load that differs from the one before; broken files and all. Rejects = it is tried again with the next change. */
  readonly onLoad: (loaded: LoadedBundle) => void | Promise<void>;
  /** The folder cannot be watched or is gone; watching goes on. */
  readonly onError: (error: unknown) => void;
}

/** A folder that is being watched. */
export interface BundleWatch {
  /** Resolves when nothing is read any more. */
  close(): Promise<void>;
}

/** Reloads a folder whenever its content changes; resolves once the watch is in place. */
export async function watchBundle(options: WatchOptions): Promise<BundleWatch> {
  const { watch } = await import('chokidar');
  const { dir } = options.first.bundle;
  const changes = createChanges();
  const watcher = watch(dir, {
    ignored: (path) => !isContent(relative(dir, path)),
    ignoreInitial: true,
    ignorePermissionErrors: true,
    followSymlinks: false,
  });
  watcher.on('all', changes.notice).on('error', options.onError);
  await isReady(watcher);
  // What changed between the first load and now made no sound.
  changes.notice();
  const stop = new AbortController();
  const ended = reloadOnChange(options, changes, stop.signal);
  return {
    close: async () => {
      stop.abort();
      changes.notice();
      await watcher.close();
      await ended;
    },
  };
}

const CONTENT = new Set([
  'amodal.json',
  'automations',
  'connections',
  'stores',
  'knowledge',
  'skills',
  'agents',
  'tools',
  'tests',
  '.env',
]);

/** What a load reads, at the top or below `amodal/`; everything else may change as it likes. */
function isContent(path: string): boolean {
  const [first = '', second] = path.split(sep);
  if (first === '' || CONTENT.has(first)) return true;
  return first === 'amodal' && (second === undefined || CONTENT.has(second));
}

function isReady(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve) => watcher.once('ready', () => resolve()));
}

interface Changes {
  readonly notice: () => void;
  /** Resolves when something has changed since the last time. */
  readonly next: () => Promise<void>;
  readonly isPending: () => boolean;
  readonly clear: () => void;
}

function createChanges(): Changes {
  let isPending = false;
  let wake: (() => void) | undefined;
  return {
    notice: () => {
      isPending = true;
      wake?.();
    },
    next: () =>
      new Promise((resolve) => {
        if (isPending) resolve();
        else wake = resolve;
      }),
    isPending: () => isPending,
    clear: () => {
      isPending = false;
    },
  };
}

async function reloadOnChange(options: WatchOptions, changes: Changes, signal: AbortSignal): Promise<void> {
  const { clock, onLoad, onError } = options;
  let last = options.first;
  for (;;) {
    await changes.next();
    await untilQuiet(options, changes, signal);
    if (signal.aborted) return;
    try {
      const loaded = await loadQuietBundle({ ...options, previous: last }, { clock, signal });
      if (signal.aborted) return;
      if (isDifferent(last, loaded)) await onLoad(loaded);
      last = loaded;
    } catch (error) {
      onError(error);
    }
  }
}

async function untilQuiet(
  { clock, debounceMs = DEFAULT_DEBOUNCE_MS }: WatchOptions,
  changes: Changes,
  signal: AbortSignal,
) {
  const end = clock.monotonic() + LONGEST_DEBOUNCE_MS;
  do {
    changes.clear();
    await clock.sleep(debounceMs, signal);
  } while (changes.isPending() && clock.monotonic() < end && !signal.aborted);
}

function isDifferent(a: LoadedBundle, b: LoadedBundle): boolean {
  return a.bundle.hash !== b.bundle.hash || a.cache.context.env !== b.cache.context.env;
}
