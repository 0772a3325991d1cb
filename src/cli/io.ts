import { styleText } from 'node:util';
import { systemClock } from '../runtime/clock.ts';

type Style = Parameters<typeof styleText>[0];

/** The terminal as commands see it: data goes to `out`, everything else to `err`. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Whole standard input as text. */
  readStdin(): Promise<string>;
  /** Aborts on the first SIGINT or SIGTERM. */
  readonly interrupted: AbortSignal;
  /** Columns of the terminal behind `out`; undefined when it is no terminal. */
  readonly columns?: number;
  readonly cwd: string;
  /** Epoch ms. */
  readonly now: () => number;
  readonly style: (style: Style, text: string) => string;
}

/** The process's own streams; colour only on a terminal, never with `NO_COLOR` or `--no-color`. */
export function systemIo(): Io {
  const color = process.stdout.isTTY === true && !process.argv.includes('--no-color') && process.stdout.hasColors();
  process.stdout.on('error', leaveOnBrokenPipe);
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    readStdin,
    interrupted: interruption(),
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    cwd: process.cwd(),
    now: systemClock.now,
    style: (style, text) => (color ? styleText(style, text) : text),
  };
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The first signal asks nicely; a second one ends the process as it would have anyway. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return controller.signal;
}

function leaveOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
