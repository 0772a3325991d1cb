import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const children: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts one of `bench/peers`; it prints the port that it took. */
export async function startPeer(name: string, env: Readonly<Record<string, string>> = {}): Promise<number> {
  const child = spawn(process.execPath, [join('dist/bench/peers', `${name}.js`)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const port = await new Promise<string>((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk))));
  return Number(port);
}

export interface Amodal {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly token: string;
  stop(): Promise<void>;
}

/** Starts a real `amodal start` and waits until it is ready. */
export async function startAmodal(dir: string, env: Readonly<Record<string, string>> = {}): Promise<Amodal> {
  const port = await freePort();
  const child = spawn(process.execPath, ['bin/amodal.js', '--dir', dir, 'start', '--port', String(port)], {
    env: { PATH: process.env.PATH, AMODAL_LOG: 'error', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    if (response?.ok) break;
    await delay(20);
  }
  const { token } = JSON.parse(readFileSync(join(dir, '.amodal/runtime.json'), 'utf8')) as { token: string };
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = () => {
    child.kill('SIGTERM');
    return exited;
  };
  return { url, port, pid: child.pid ?? 0, token, stop };
}

/** A fresh folder with these files (path → value that becomes JSON, or text). */
export function benchBundle(files: Readonly<Record<string, unknown>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'amodal-bench-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return dir;
}

/** Resident memory of a process in megabytes (Linux). */
export function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** CPU time that a process has used, in milliseconds (Linux, ticks of 10 ms). */
export function cpuMilliseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
