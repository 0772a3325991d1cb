import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type BoundedBody, readBoundedBody } from '../../src/net/index.ts';

const LIMITS = { maxBytes: 100, deadlineMs: 2000, drainMs: 1000 };
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Sends raw bytes to a real server and returns what it read and what it answered. */
async function read(request: string, { limits = LIMITS, ending = 'wait' as 'wait' | 'break' } = {}) {
  let body: Promise<BoundedBody> | undefined;
  const seen = new Promise<BoundedBody>((resolve) => {
    const server = createServer(async (incoming, response) => {
      body = readBoundedBody(incoming, limits);
      resolve(body);
      const result = await body;
      response.writeHead(result.ok ? 200 : 413, { connection: 'close' }).end();
    });
    server.listen(0, '127.0.0.1', () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        answer += chunk.toString();
      });
      socket.write(request, () => {
        if (ending === 'break') setImmediate(() => socket.resetAndDestroy());
      });
      closers.push(() => {
        socket.destroy();
        server.closeAllConnections();
        server.close();
      });
    });
  });
  let answer = '';
  return { result: await seen, answer: () => answer };
}

const head = (...lines: string[]) => `${['POST / HTTP/1.1', 'Host: x', ...lines].join('\r\n')}\r\n\r\n`;

describe('a request body', () => {
  it('is read whole up to the limit, with a length or in chunks', async () => {
    const exact = await read(`${head('Content-Length: 100')}${'x'.repeat(100)}`);
    expect(exact.result).toEqual({ ok: true, bytes: Buffer.from('x'.repeat(100)) });
    const chunked = await read(`${head('Transfer-Encoding: chunked')}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
    expect(chunked.result).toEqual({ ok: true, bytes: Buffer.from('abcde') });
    expect((await read(head('Content-Length: 0'))).result).toEqual({ ok: true, bytes: Buffer.alloc(0) });
  });

  it('is refused by its announced length before it is read', async () => {
    const { result } = await read(head('Content-Length: 101'));
    expect(result).toEqual({ ok: false, reason: 'too_large' });
  });

  it('in chunks over the limit is drained, so that the sender sees the answer', async () => {
    const chunk = `64\r\n${'x'.repeat(100)}\r\n`;
    const { result } = await read(`${head('Transfer-Encoding: chunked')}${chunk.repeat(500)}0\r\n\r\n`);
    expect(result).toEqual({ ok: false, reason: 'too_large' });
  });

  it('that never ends over the limit is drained only for a moment', async () => {
    const start = performance.now();
    const endless = `${head('Transfer-Encoding: chunked')}65\r\n${'x'.repeat(101)}\r\n`;
    const { result } = await read(endless, { limits: { ...LIMITS, deadlineMs: 20_000, drainMs: 60 } });
    expect(result).toEqual({ ok: false, reason: 'too_large' });
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('that does not arrive in time is given up', async () => {
    const { result } = await read(`${head('Content-Length: 10')}abc`, { limits: { ...LIMITS, deadlineMs: 60 } });
    expect(result).toEqual({ ok: false, reason: 'timeout' });
  });

  it('whose sender goes away is given up', async () => {
    const { result } = await read(`${head('Content-Length: 10')}abc`, { ending: 'break' });
    expect(result).toEqual({ ok: false, reason: 'aborted' });
  });

  it('that is compressed is refused unread', async () => {
    const { result } = await read(`${head('Content-Encoding: gzip', 'Content-Length: 3')}abc`);
    expect(result).toEqual({ ok: false, reason: 'encoding' });
    expect((await read(`${head('Content-Encoding: identity', 'Content-Length: 1')}a`)).result.ok).toBe(true);
  });
});
