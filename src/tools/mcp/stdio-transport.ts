import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { resolve } from 'node:path';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { type GroupProcess, startGroup } from '../worker/process-group.ts';

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

/** A server as a child in a process group and an empty folder of its own; `close` kills the whole group at once. */
export function stdioTransport(server: StdioServer): StdioTransport {
  let started: GroupProcess | undefined;
  let complaint = '';
  let isClosed = false;
  const transport: StdioTransport = {
    complaint: () => complaint.trim(),
    start: () =>
      new Promise((done, failed) => {
        if (isClosed) return failed(new Error('the session has ended'));
        started = startServer(server);
        const { child } = started;
        child.once('spawn', () => done());
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
      if (!started?.child.stdin.writable) throw new Error('the server has ended');
      started.child.stdin.write(`${JSON.stringify(message)}\n`);
    },
    close: async () => {
      isClosed = true;
      started?.kill();
    },
  };
  return transport;
}

function startServer({ command, args, env, dir }: StdioServer): GroupProcess {
  const placed = [command, ...args].map((text) => (text.startsWith('./') ? resolve(dir, text) : text));
  const [program = '', ...rest] = placed;
  return startGroup({ program, args: rest, env });
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
