import { describe, expect, it } from 'vitest';
import { openSocket, type Resolve } from '../../src/net/index.ts';
import { freePort } from '../support/free-port.ts';
import { rawServer } from '../support/raw-server.ts';

const loopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];

describe('a guarded socket', () => {
  it('connects to an address that is written out, and to a name where that is allowed', async () => {
    const { port } = await rawServer();
    const plain = await openSocket({ host: '127.0.0.1', port, deadlineMs: 2000 });
    expect(plain.ok && plain.socket.remotePort).toBe(port);
    const named = await openSocket({
      host: 'mail.test',
      port,
      deadlineMs: 2000,
      resolve: loopback,
      allowPrivateNetwork: true,
    });
    expect(named.ok).toBe(true);
    for (const opened of [plain, named]) if (opened.ok) opened.socket.destroy();
  });

  it('refuses private names, odd spellings and metadata addresses', async () => {
    const server = await rawServer();
    const open = (host: string) => openSocket({ host, port: server.port, deadlineMs: 2000, resolve: loopback });
    for (const host of ['mail.test', '127.1', '169.254.169.254', '::ffff:127.0.0.1']) {
      expect(await open(host)).toMatchObject({ ok: false, reason: 'blocked_address' });
    }
    expect(server.connections()).toBe(0);
  });

  it('tells what went wrong', async () => {
    const port = await freePort();
    expect(await openSocket({ host: '127.0.0.1', port, deadlineMs: 2000 })).toMatchObject({
      ok: false,
      reason: 'network',
    });
    const stop = AbortSignal.abort();
    expect(await openSocket({ host: '127.0.0.1', port, deadlineMs: 2000, signal: stop })).toMatchObject({
      reason: 'aborted',
    });
    const never: Resolve = () => new Promise(() => {});
    expect(await openSocket({ host: 'a.test', port, deadlineMs: 30, resolve: never })).toMatchObject({
      reason: 'timeout',
    });
  });
});
