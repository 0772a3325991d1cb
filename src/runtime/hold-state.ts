import { acquireStateLock, type Holder, updateHolder } from '../db/index.ts';
import { AmodalError } from '../domain/error.ts';
import type { Clock } from '../domain/ports/clock.ts';

const LOOK_AGAIN_MS = 100;

export interface HeldState {
  /** Tells the CLI where this runtime listens. */
  announce(where: { readonly url: string; readonly token: string }): void;
  release(): void;
}

/**
 * Takes the state folder for this process, waiting at most `patienceMs`; throws `state_held` naming whoever has it.
 * The system frees it when the process dies in any way.
 */
export async function holdState(
  { stateDir, patienceMs = 0 }: { readonly stateDir: string; readonly patienceMs?: number },
  clock: Clock,
): Promise<HeldState> {
  const holder: Holder = { pid: process.pid, startedAt: clock.now() };
  const until = clock.monotonic() + patienceMs;
  for (;;) {
    const lock = await acquireStateLock({ stateDir, holder });
    if (lock.ok) {
      return {
        announce: (where) => updateHolder(stateDir, { ...holder, ...where }),
        release: () => lock.release(),
      };
    }
    if (clock.monotonic() >= until) throw stateHeld(stateDir, lock.holder);
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

function stateHeld(stateDir: string, holder: Holder | undefined): AmodalError {
  const who = holder ? `another runtime (${describe(holder)})` : 'another runtime';
  return new AmodalError(
    'state_held',
    `${who} holds the state in ${stateDir}. Stop it first, or operate it: "amodal ops" finds it by itself.`,
  );
}

function describe({ pid, url, startedAt }: Holder): string {
  const since = `since ${new Date(startedAt).toISOString()}`;
  return [`pid ${pid}`, ...(url ? [url] : []), since].join(', ');
}
