import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HOLDER_FILE = 'runtime.json';

/** Who holds a state folder, so that other commands can name it and talk to it. */
export interface Holder {
  readonly pid: number;
  /** Where its API listens; undefined while it starts, or when it has none. */
  readonly url?: string;
  readonly token?: string;
  /** Epoch ms. */
  readonly startedAt: number;
}

/** What `runtime.json` says; it outlives a killed process, so `isStateHeld` decides whether it is still true. */
export function readHolder(stateDir: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(join(stateDir, HOLDER_FILE), 'utf8'));
    return isHolder(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces `runtime.json` (mode 0600) in one step; only the holder of the lock may. */
export function updateHolder(stateDir: string, holder: Holder): void {
  const file = join(stateDir, HOLDER_FILE);
  const draft = `${file}.${holder.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** The holder lets go: nobody is named any more. */
export function removeHolder(stateDir: string): void {
  rmSync(join(stateDir, HOLDER_FILE), { force: true });
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number';
}
