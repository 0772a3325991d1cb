import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach } from 'vitest';

export interface RawServer {
  readonly url: string;
  readonly port: number;
  /** How many connections were made. */
  connections(): number;
  /** Everything that has arrived, over all connections. */
  received(): string;
  close(): Promise<void>;
}

const open: RawServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** A TCP server on port 0 of loopback that hands each chunk that arrives to `onData`, for misbehaviour that HTTP servers do not offer. */
export async function rawServer(onData: (socket: Socket, chunk: string) => void = () => {}): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let received = '';
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      onData(socket, chunk.toString('latin1'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const raw = {
    url: `http://127.0.0.1:${port}`,
    port,
    connections: () => connections,
    received: () => received,
    close,
  };
  open.push(raw);
  return raw;
}
