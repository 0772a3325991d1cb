import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Holder, readHolder, removeHolder, updateHolder } from './holder.ts';
import { type Connection, openConnection } from './sqlite/connection.ts';
import { explainError, isBusy } from './sqlite/explain-error.ts';
import { makeStateDir } from './state-dir.ts';

/** Never opened by anything but SQLite: closing another handle of it in the same process would drop the lock. */
const LOCK_FILE = 'lock.db';
/** Long enough for somebody else's look at the lock to pass. */
const ACQUIRE_MS = 100;
/** A lock whose owner forgot it must not be freed by the garbage collector. */
const held = new Set<Connection>();

export type StateLock =
  | { readonly ok: true; release(): void }
  /** Undefined while the other process has not said yet who it is. */
  | { readonly ok: false; readonly holder?: Holder };

/**
 * Takes the state for one runtime: an exclusive transaction on a file of its own, which the operating system ends with
 * the process however that dies. `holder` is then what `runtime.json` says.
 */
export async function acquireStateLock(options: {
  readonly stateDir: string;
  readonly holder: Holder;
}): Promise<StateLock> {
  const { stateDir, holder } = options;
  makeStateDir(stateDir);
  const lock = tryLock(join(stateDir, LOCK_FILE), ACQUIRE_MS);
  if (!lock) return { ok: false, holder: readHolder(stateDir) };
  updateHolder(stateDir, holder);
  held.add(lock);
  return {
    ok: true,
    release: () => {
      if (!held.delete(lock)) return;
      removeHolder(stateDir);
      lock.close();
    },
  };
}

/** True while a runtime holds the state. Looks without taking it. */
export function isStateHeld(stateDir: string): boolean {
  const path = join(stateDir, LOCK_FILE);
  if (!existsSync(path)) return false;
  const connection = openConnection(path, 0);
  try {
    connection.get('SELECT count(*) FROM sqlite_master');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw explainError(error, path);
  } finally {
    connection.close();
  }
}

/** The connection that holds the lock until it is closed, or undefined when another one does. */
function tryLock(path: string, busyMs: number): Connection | undefined {
  const connection = openConnection(path, busyMs);
  try {
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection.close();
    if (isBusy(error)) return undefined;
    throw explainError(error, path);
  }
}
