import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GroupProgram {
  readonly program: string;
  readonly args: readonly string[];
  /** All that it gets. */
  readonly env: Readonly<Record<string, string>>;
  /** It is killed when it has run that long; undefined = no limit. */
  readonly timeoutMs?: number;
}

export interface GroupProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Kills it and everything that it has started in its group. */
  readonly kill: () => void;
}

/** Process groups that must not outlive this process. */
const running = new Set<number>();
let isWatched = false;

/** Starts a program in a process group and an empty folder of its own; when it ends, its group and its folder go with it. */
export function startGroup({ program, args, env, timeoutMs }: GroupProgram): GroupProcess {
  const cwd = mkdtempSync(join(tmpdir(), 'amodal-child-'));
  const timeout = timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' as const };
  const child = spawn(program, args, { env: { ...env }, cwd, detached: true, windowsHide: true, ...timeout });
  const { pid } = child;
  const kill = () => {
    if (pid !== undefined && running.has(pid)) killGroup(pid);
  };
  if (pid !== undefined) running.add(pid);
  if (!isWatched) process.once('exit', () => [...running].forEach(killGroup));
  isWatched = true;
  const forget = () => {
    kill();
    rmSync(cwd, { recursive: true, force: true });
  };
  child.once('exit', forget);
  child.once('error', forget);
  return { child, kill };
}

function killGroup(pid: number): void {
  running.delete(pid);
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
