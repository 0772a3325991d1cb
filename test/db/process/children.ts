import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { rootDir } from '../../support/root-dir.ts';

/** A child process of `child.ts`. */
export interface Child {
  readonly process: ChildProcess;
  /** Everything it has said so far, a line each. */
  readonly lines: readonly string[];
  /** Resolves with the first line that passes. */
  says(line: string): Promise<void>;
  go(): void;
  /** Resolves when it has ended and all it said was read: its exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export interface Children {
  start(command: string, stateDir: string, ...args: readonly string[]): Child;
}

/** Bundles `child.ts` once a test file; whatever still runs after a test is killed. */
export function useChildren(): Children {
  const dir = mkdtempSync(join(tmpdir(), 'amodal-child-'));
  const script = join(dir, 'child.mjs');
  symlinkSync(join(rootDir, 'node_modules'), join(dir, 'node_modules'));
  const running = new Set<ChildProcess>();
  beforeAll(() => bundleChild(script));
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return {
    start: (command, stateDir, ...args) => {
      const child = spawn(process.execPath, [script, command, stateDir, ...args], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      running.add(child);
      child.once('exit', () => running.delete(child));
      child.stdin.on('error', () => {});
      return listen(child, createInterface(child.stdout));
    },
  };
}

function listen(child: ChildProcess, output: Interface): Child {
  const lines: string[] = [];
  output.on('line', (line) => lines.push(line));
  return {
    process: child,
    lines,
    says: (wanted) =>
      new Promise((resolve) => {
        if (lines.includes(wanted)) resolve();
        output.on('line', (line) => line === wanted && resolve());
      }),
    go: () => child.stdin?.write('go\n'),
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal))),
  };
}

/** The native module stays outside the bundle and is found where the repository has it. */
async function bundleChild(outfile: string): Promise<void> {
  const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');
  await build({
    entryPoints: [join(import.meta.dirname, 'child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
    plugins: [
      {
        name: 'native',
        setup: ({ onResolve }) => onResolve({ filter: /^better-sqlite3$/ }, () => ({ path: sqlite, external: true })),
      },
    ],
  });
}
