import type { Bundle } from '../domain/bundle.ts';
import { keepLastGood } from '../domain/last-good.ts';
import type { Bundles } from '../domain/ports/bundles.ts';

/** The bundle in force, swapped whole by `put`. */
export interface LiveBundles extends Bundles {
  /** Puts a reloaded bundle in force, with the last good version of what broke, and tells everybody. */
  put(next: Bundle): Bundle;
}

export function createLiveBundles(first: Bundle): LiveBundles {
  let current = first;
  const listeners = new Set<(bundle: Bundle) => void>();
  return {
    active: () => current,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    put: (next) => {
      current = keepLastGood(current, next);
      for (const listener of listeners) listener(current);
      return current;
    },
  };
}
