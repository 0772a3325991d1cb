import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { percentile } from './measure.ts';

export interface Load {
  readonly port: number;
  readonly path: string;
  readonly secret: string;
  readonly connections: number;
  readonly seconds: number;
  /** Ends earlier after this many. */
  readonly events?: number;
}

/** What a load came to; `statuses` counts answers by status line. */
export interface LoadResult {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly statuses: Readonly<Record<string, number>>;
}

let sequence = 0;

/**
 * Posts one signed body with a fresh event id each over raw keep-alive sockets, one request at a time per socket: the
 * generator shares the cores with the server, so it does as little as it can.
 */
export async function load({ port, path, secret, connections, seconds, events = Infinity }: Load): Promise<LoadResult> {
  const body = JSON.stringify({ action: 'opened', filler: 'x'.repeat(1150) });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const request = (id: string) =>
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\nx-signature-256: sha256=${signature}\r\n` +
    `idempotency-key: ${id}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const end = performance.now() + seconds * 1000;
  let left = events;
  const takesOne = () => performance.now() < end && left-- > 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, () =>
      client(port, takesOne, request, (ms, status) => {
        latencies.push(ms);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }),
    ),
  );
  const elapsed = (performance.now() - started) / 1000;
  return { perSecond: latencies.length / elapsed, p99Ms: percentile(latencies, 0.99), statuses };
}

function client(
  port: number,
  takesOne: () => boolean,
  request: (id: string) => string,
  answered: (ms: number, status: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let sent = 0;
    let received = '';
    const next = () => {
      if (!takesOne()) return socket.end();
      sequence += 1;
      sent = performance.now();
      socket.write(request(`${process.pid}-${sequence}`));
    };
    socket.on('connect', next);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const head = received.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (received.length < head + 4 + length) return;
      answered(performance.now() - sent, received.slice(9, 12));
      received = '';
      next();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}
