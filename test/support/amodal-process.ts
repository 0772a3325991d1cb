import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { rootDir } from './root-dir.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real `amodal` process, started as a user would. */
export interface AmodalProcess {
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  output(): string;
  /** The admin token that the process wrote into the state folder. */
  token(): string;
  kill(): Promise<Exit>;
  stop(): Promise<Exit>;
}

export interface AmodalOptions {
  readonly dir: string;
  readonly port: number;
  readonly mode?: 'start' | 'dev';
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `amodal start` (or `dev`) without waiting for it. */
export function spawnAmodal({ dir, port, mode = 'start', env = {}, args = [] }: AmodalOptions): AmodalProcess {
  const child = spawn(
    process.execPath,
    [join(rootDir, 'bin/amodal.js'), '--dir', dir, mode, '--port', String(port), ...args],
    { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  running.add(child);
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-200_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const exited = new Promise<Exit>((resolve) =>
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    }),
  );
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    child,
    exited,
    output: () => output,
    token: () => JSON.parse(readFileSync(join(dir, '.amodal/runtime.json'), 'utf8')).token,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** Waits until the process answers `/readyz`; false when it ended first. */
export async function isUp(process: AmodalProcess, withinMs = 20_000): Promise<boolean> {
  let ended = false;
  void process.exited.then(() => {
    ended = true;
  });
  const until = performance.now() + withinMs;
  while (!ended && performance.now() < until) {
    const response = await fetch(`${process.url}/readyz`).catch(() => undefined);
    if (response?.ok) return true;
    await delay(20);
  }
  return false;
}

/** Starts a process and waits until it is up; throws with its output when it does not come up. */
export async function startAmodal(options: AmodalOptions): Promise<AmodalProcess> {
  const process = spawnAmodal(options);
  if (await isUp(process)) return process;
  throw new Error(`amodal did not come up:\n${process.output()}`);
}

/** Runs one CLI command to its end. */
export async function runAmodal(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [join(rootDir, 'bin/amodal.js'), ...args], {
    cwd: options.cwd ?? rootDir,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  running.delete(child);
  return { code, stdout, stderr };
}
