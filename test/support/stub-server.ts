import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

export interface StubRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface StubAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface StubServer {
  readonly url: string;
  readonly port: number;
  /** Every request that arrived whole, in order: the counter that assertions trust. */
  readonly requests: StubRequest[];
  close(): Promise<void>;
}

const open: StubServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

/** A real HTTP server on port 0 of loopback that records what arrives and answers as told. */
export async function stubServer(
  answer: (request: StubRequest) => StubAnswer | Promise<StubAnswer> = () => ({}),
): Promise<StubServer> {
  const requests: StubRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', url = '', headers, rawHeaders } = incoming;
    const request = { method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString('utf8') };
    requests.push(request);
    const { status = 200, headers: out = {}, body = '' } = await answer(request);
    response.writeHead(status, out).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const stub = { url: `http://127.0.0.1:${port}`, port, requests, close };
  open.push(stub);
  return stub;
}
