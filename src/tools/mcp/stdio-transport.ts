import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** Of one line that a server writes. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const MAX_COMPLAINT_CHARACTERS = 2_000;

export interface StdioServer {
  readonly command: string;
  readonly args: readonly string[];
  /** All that it gets. */
  readonly env: Readonly<Record<string, string>>;
  /** `./x` in command and arguments means a file below this folder. */
  readonly dir: string;
}

export interface StdioTransport extends Transport {
  /** The last that the server has written to its stderr. */
  readonly complaint: () => string;
}

/** Process groups that must not outlive this process. */
const running = new Set<number>();
let isWatched = false;

/** A server as a child in a process group and an empty folder of its own; `close` kills the whole group at once. */
export function stdioTransport(server: StdioServer): StdioTransport {
  let child: ChildProcessWithoutNullStreams | undefined;
  let complaint = '';
  let isClosed = false;
  const transport: StdioTransport = {
    complaint: () => complaint.trim(),
    start: () =>
      new Promise((started, failed) => {
        if (isClosed) return failed(new Error('the session has ended'));
        child = startServer(server);
        child.once('spawn', () => started());
        child.once('error', (error) => failed(error));
        child.once('close', () => transport.onclose?.());
        child.stdin.on('error', (error) => transport.onerror?.(error));
        child.stderr.on('data', (chunk: Buffer) => {
          complaint = (complaint + chunk.toString('utf8')).slice(-MAX_COMPLAINT_CHARACTERS);
        });
        readLines(child, {
          onLine: (line) => {
            const message = messageIn(line);
            if (message) transport.onmessage?.(message);
          },
          onOverflow: () => void transport.close(),
        });
      }),
    send: async (message) => {
      if (!child?.stdin.writable) throw new Error('the server has ended');
      child.stdin.write(`${JSON.stringify(message)}\n`);
    },
    close: async () => {
      isClosed = true;
      if (child) killGroup(child);
    },
  };
  return transport;
}

function startServer({ command, args, env, dir }: StdioServer): ChildProcessWithoutNullStreams {
  const cwd = mkdtempSync(join(tmpdir(), 'amodal-mcp-'));
  const placed = [command, ...args].map((text) => (text.startsWith('./') ? resolve(dir, text) : text));
  const [program = '', ...rest] = placed;
  const child = spawn(program, rest, { env, cwd, detached: true, windowsHide: true });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  if (!isWatched) process.once('exit', () => [...running].forEach(killPid));
  isWatched = true;
  const forget = () => {
    // What the server has started itself goes with it.
    killGroup(child);
    rmSync(cwd, { recursive: true, force: true });
  };
  child.once('exit', forget);
  child.once('error', forget);
  return child;
}

function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid !== undefined && running.has(pid)) killPid(pid);
}

function killPid(pid: number): void {
  running.delete(pid);
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

interface LineReader {
  readonly onLine: (line: string) => void;
  readonly onOverflow: () => void;
}

function readLines(child: ChildProcessWithoutNullStreams, { onLine, onOverflow }: LineReader): void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...chunks, rest.subarray(0, end)]).toString('utf8');
      chunks = [];
      bytes = 0;
      rest = rest.subarray(end + 1);
      onLine(line);
    }
    chunks.push(rest);
    bytes += rest.length;
    if (bytes > MAX_LINE_BYTES) onOverflow();
  });
}

/** Servers that print other things than messages are common; such lines are passed over. */
function messageIn(line: string): JSONRPCMessage | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'jsonrpc' in value ? (value as JSONRPCMessage) : undefined;
  } catch {
    return undefined;
  }
}
