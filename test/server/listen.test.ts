import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { serverWorld, signedHook, TOKEN } from './world.ts';

const BODY = '{"service":"checkout"}';
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function openSocket(port: number, bytes = ''): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      if (bytes) socket.write(bytes);
      resolve(socket);
    });
    socket.on('error', reject);
    sockets.push(socket);
  });
}

const closed = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());

describe('a port', () => {
  it('that is in use is named, with the way out', async () => {
    const { port } = await serverWorld();
    await expect(serverWorld({ listen: { port } })).rejects.toMatchObject({
      code: 'port_in_use',
      message: `Port ${port} on 127.0.0.1 is in use: stop what listens there, or take another with --port (0 takes a free one).`,
    });
  });

  it('of an address that is not ours is refused', async () => {
    await expect(serverWorld({ listen: { host: '203.0.113.1' } })).rejects.toMatchObject({ code: 'usage' });
  });

  it('beyond loopback needs a token', async () => {
    await expect(serverWorld({ listen: { host: '0.0.0.0', token: undefined } })).rejects.toMatchObject({
      code: 'usage',
    });
  });
});

describe('clients that hold connections', () => {
  it('leave the door open: 200 idle ones, 200 with half a head, 200 with a slow body', async () => {
    const { port, post } = await serverWorld({ automations: [signedHook()] });
    const half = 'POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nX-Slow: ';
    const slow = 'POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc';
    await Promise.all(['', half, slow].flatMap((bytes) => Array.from({ length: 200 }, () => openSocket(port, bytes))));
    const started = performance.now();
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async () => (await post('/webhooks/hook', BODY)).status),
    );
    expect(statuses.every((status) => status === 202)).toBe(true);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('are closed when their headers do not come in time', async () => {
    const { port } = await serverWorld({ listen: { headerDeadlineMs: 200 } });
    const [idle, half] = await Promise.all([openSocket(port), openSocket(port, 'GET /healthz HTTP/1.1\r\nHost')]);
    await Promise.all([closed(idle), closed(half)]);
  });

  it.each([
    ['nobody known', 'nonsense', 401],
    ['the admin', TOKEN, 408],
  ])('are closed when a body for the API does not come in time from %s', async (_, token, status) => {
    const { port, log } = await serverWorld({ listen: { requestDeadlineMs: 300 } });
    const socket = await openSocket(
      port,
      `POST /api/automations/x/trigger HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: 10\r\n\r\nab`,
    );
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    await closed(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*application/problem\\+json[^]*"status":${status}`));
    expect(log).toEqual([]);
  });

  it('do not keep the server from closing', async () => {
    const { port, close } = await serverWorld({ automations: [signedHook()] });
    const idle = await openSocket(port);
    const gone = closed(idle);
    await close();
    await gone;
    await expect(openSocket(port)).rejects.toThrow(/ECONNREFUSED/);
  });
});
