import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient, type HttpRequest, type Resolve } from '../../src/net/index.ts';
import { freePort } from '../support/free-port.ts';
import { rawServer } from '../support/raw-server.ts';
import { stubServer } from '../support/stub-server.ts';

const opened: HttpClient[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

function client(resolve?: Resolve): HttpClient {
  const made = createHttpClient({ resolve });
  opened.push(made);
  return made;
}

const at =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('the HTTP client', () => {
  it('answers with status, headers and body', async () => {
    const stub = await stubServer(() => ({ status: 201, headers: { 'X-Two': 'a' }, body: 'größe' }));
    const answer = await client().send({
      url: `${stub.url}/p?q=1`,
      method: 'POST',
      headers: { 'X-A': 'b' },
      body: 'ü',
    });
    expect(answer).toMatchObject({ ok: true, sent: true, status: 201, text: 'größe', truncated: false });
    expect(answer.ok && answer.headers['x-two']).toBe('a');
    expect(stub.requests).toMatchObject([{ method: 'POST', url: '/p?q=1', body: 'ü', headers: { 'x-a': 'b' } }]);
  });

  it('keeps a connection for the next request', async () => {
    const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    const http = client();
    expect(await http.send({ url: server.url })).toMatchObject({ ok: true, text: 'ok' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await http.send({ url: server.url })).toMatchObject({ ok: true, text: 'ok' });
    expect(server.connections()).toBe(1);
  });

  it.each([301, 302, 303, 307, 308])(
    'does not follow a %i, and tells where it points without the query',
    async (status) => {
      const evil = await stubServer();
      const stub = await stubServer(() => ({ status, headers: { location: `${evil.url}/steal?d=SECRET` } }));
      const answer = await client().send({ url: stub.url, method: 'POST', body: 'x' });
      expect(answer).toMatchObject({ ok: false, reason: 'redirect', status, sent: true });
      expect(answer.ok ? '' : answer.error).toContain(`${evil.url}/steal`);
      expect(JSON.stringify(!answer.ok && answer.error)).not.toContain('SECRET');
      expect(evil.requests).toEqual([]);
    },
  );

  it('gives up at the deadline when an answer drips, and says that the request was sent', async () => {
    const server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 10);
      socket.on('close', () => clearInterval(drip));
    });
    const start = performance.now();
    const answer = await client().send({ url: server.url, deadlineMs: 150 });
    expect(answer).toMatchObject({ ok: false, reason: 'timeout', sent: true, status: 200 });
    expect(performance.now() - start).toBeLessThan(1500);
  });

  it('gives up at the deadline when the head of the answer drips or never comes', async () => {
    const silent = await rawServer();
    expect(await client().send({ url: silent.url, deadlineMs: 80 })).toMatchObject({ reason: 'timeout', sent: true });
    const slow = await rawServer((socket) => {
      const drip = setInterval(() => socket.write('H'), 10);
      socket.on('close', () => clearInterval(drip));
    });
    const answer = await client().send({ url: slow.url, deadlineMs: 80 });
    expect(answer).toMatchObject({ ok: false, sent: true });
  });

  it('sends nothing after the deadline when the name was slow to resolve', async () => {
    const server = await rawServer();
    let release: () => void = () => {};
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const resolve: Resolve = async () => {
      await waiting;
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const url = `http://slow.test:${server.port}/`;
    const answer = await client(resolve).send({
      url,
      allowPrivateNetwork: true,
      deadlineMs: 50,
      method: 'POST',
      body: 'x',
    });
    expect(answer).toMatchObject({ ok: false, reason: 'timeout', sent: false });
    release();
    await client().send({ url: server.url, deadlineMs: 100 });
    expect(server.received()).not.toContain('POST');
  });

  it('says sent for a connection that breaks after the request, not sent for one that is refused', async () => {
    const server = await rawServer((socket) => socket.resetAndDestroy());
    expect(await client().send({ url: server.url, method: 'POST', body: 'x' })).toMatchObject({
      ok: false,
      reason: 'network',
      sent: true,
    });
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const refused = await client().send({ url: nobody, method: 'POST', body: 'x' });
    expect(refused).toMatchObject({ ok: false, reason: 'network', sent: false });
    expect(refused.ok ? '' : refused.error).toContain('ECONNREFUSED');
  });

  it('says not sent for a name that does not exist', async () => {
    const resolve: Resolve = () =>
      Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
    expect(await client(resolve).send({ url: 'http://gone.test/' })).toMatchObject({ reason: 'network', sent: false });
  });

  it('says not sent when there is no TLS on the other side', async () => {
    const server = await rawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const url = server.url.replace('http:', 'https:');
    const answer = await client().send({ url, method: 'POST', headers: { authorization: 'Bearer CANARY' }, body: 'x' });
    expect(answer).toMatchObject({ ok: false, reason: 'network', sent: false });
    expect(server.received()).not.toContain('CANARY');
  });

  it('stops when its signal says so', async () => {
    const server = await rawServer();
    const stop = new AbortController();
    const pending = client().send({ url: server.url, signal: stop.signal });
    setImmediate(() => stop.abort());
    expect(await pending).toMatchObject({ ok: false, reason: 'aborted' });
    expect(await client().send({ url: server.url, signal: stop.signal })).toMatchObject({
      reason: 'aborted',
      sent: false,
    });
  });

  it('never throws for what is no request', async () => {
    const http = client();
    const stub = await stubServer();
    const bad: readonly HttpRequest[] = [
      { url: 'nonsense' },
      { url: 'ftp://a.test/' },
      { url: 'http://u:p@a.test/' },
      { url: stub.url, method: 'GET\r\nX: y' },
      { url: stub.url, method: 'CONNECT' },
      { url: stub.url, headers: { 'x-a': 'b\r\nX-Evil: 1' } },
      { url: stub.url, headers: { 'bad name': 'x' } },
    ];
    for (const request of bad)
      expect(await http.send(request)).toMatchObject({ ok: false, reason: 'invalid_request', sent: false });
    expect(stub.requests).toEqual([]);
  });
});

describe('the size of an answer', () => {
  const BOMBS: Readonly<Record<string, Buffer>> = {
    gzip: gzipSync(Buffer.alloc(50_000_000)),
    deflate: deflateSync(Buffer.alloc(50_000_000)),
    br: brotliCompressSync(Buffer.alloc(50_000_000)),
  };

  it.each(Object.keys(BOMBS))('is capped after decompression of %s', async (encoding) => {
    const stub = await stubServer(() => ({ headers: { 'content-encoding': encoding }, body: BOMBS[encoding] }));
    const before = process.memoryUsage().rss;
    const answer = await client().send({ url: stub.url, maxBytes: 1_000_000 });
    expect(answer).toMatchObject({ ok: false, reason: 'too_large', sent: true, status: 200 });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it('is judged by Content-Length before a byte is read, and by what arrives when there is none', async () => {
    const announced = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n'));
    expect(await client().send({ url: announced.url, maxBytes: 10 })).toMatchObject({ reason: 'too_large' });
    const endless = await rawServer((socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(99)}`));
    expect(await client().send({ url: endless.url, maxBytes: 10 })).toMatchObject({ reason: 'too_large' });
  });

  it.each([
    ['gzip', gzipSync('hello')],
    ['x-gzip', gzipSync('hello')],
    ['deflate', deflateSync('hello')],
    ['deflate', deflateRawSync('hello')],
    ['br', brotliCompressSync('hello')],
    ['identity', Buffer.from('hello')],
    ['GZIP', gzipSync('hello')],
  ])('is read in the encoding %s', async (encoding, body) => {
    const stub = await stubServer(() => ({ headers: { 'content-encoding': encoding }, body }));
    expect(await client().send({ url: stub.url })).toMatchObject({ ok: true, text: 'hello' });
  });

  it('is refused in two encodings at once, in an unknown one and in a broken one', async () => {
    const sent = async (encoding: string, body: Buffer) => {
      const stub = await stubServer(() => ({ headers: { 'content-encoding': encoding }, body }));
      return client().send({ url: stub.url });
    };
    const refused = { ok: false, reason: 'encoding', sent: true, status: 200 };
    expect(await sent('gzip, gzip', gzipSync(gzipSync('x')))).toMatchObject(refused);
    expect(await sent('zebra', Buffer.from('x'))).toMatchObject(refused);
    expect(await sent('gzip', Buffer.from('not gzip at all'))).toMatchObject(refused);
    expect(await sent('gzip', gzipSync('x'.repeat(1000)).subarray(0, 20))).toMatchObject(refused);
  });

  it('does not matter where only the status counts: the body is cut', async () => {
    const stub = await stubServer(() => ({ status: 202, body: 'x'.repeat(50_000) }));
    const answer = await client().send({ url: stub.url, maxBytes: 1000, answer: 'excerpt' });
    expect(answer).toMatchObject({ ok: true, status: 202, truncated: true, text: 'x'.repeat(1000) });
    const stalled = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    const late = await client().send({ url: stalled.url, deadlineMs: 80, answer: 'excerpt' });
    expect(late).toMatchObject({ ok: true, status: 200, truncated: true, text: 'abc' });
  });

  it('is nothing for a HEAD, whatever its headers say', async () => {
    const server = await rawServer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\nContent-Encoding: gzip\r\n\r\n'),
    );
    expect(await client().send({ url: server.url, method: 'HEAD' })).toMatchObject({ ok: true, status: 200, text: '' });
  });
});

describe('where the HTTP client connects to', () => {
  it('refuses a name that resolves to a private address unless that is allowed', async () => {
    const stub = await stubServer(() => ({ body: 'inside' }));
    const url = `http://internal.test:${stub.port}/`;
    const refused = await client(at('127.0.0.1')).send({ url });
    expect(refused).toMatchObject({ ok: false, reason: 'blocked_address', sent: false });
    expect(refused.ok ? '' : refused.error).toContain('internal.test resolves to 127.0.0.1, a loopback address');
    expect(stub.requests).toEqual([]);
    const allowed = await client(at('127.0.0.1')).send({ url, allowPrivateNetwork: true });
    expect(allowed).toMatchObject({ ok: true, text: 'inside' });
  });

  it.each([
    '169.254.169.254',
    '168.63.129.16',
    '100.100.100.200',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '0.0.0.0',
    '::',
  ])('never goes to %s, even where private networks are allowed', async (address) => {
    const answer = await client(at(address)).send({
      url: 'http://meta.test/',
      allowPrivateNetwork: true,
      deadlineMs: 2000,
    });
    expect(answer).toMatchObject({ ok: false, reason: 'blocked_address', sent: false });
  });

  it('refuses a name of which one address of several is private', async () => {
    const answer = await client(at('93.184.216.34', '127.0.0.1')).send({ url: 'http://mixed.test/' });
    expect(answer).toMatchObject({ ok: false, reason: 'blocked_address' });
  });

  it('connects to the address that was judged, when a name changes its mind', async () => {
    const stub = await stubServer();
    const answers = ['127.0.0.1', '93.184.216.34'];
    let asked = 0;
    const resolve: Resolve = async () => [{ address: answers[asked++] ?? '', family: 4 }];
    const answer = await client(resolve).send({ url: `http://rebind.test:${stub.port}/` });
    expect(answer).toMatchObject({ ok: false, reason: 'blocked_address' });
    expect([asked, stub.requests.length]).toEqual([1, 0]);
  });

  it('does not share a connection that was allowed with requests to which it is not', async () => {
    const stub = await stubServer();
    const http = client(at('127.0.0.1'));
    const url = `http://internal.test:${stub.port}/`;
    expect(await http.send({ url, allowPrivateNetwork: true })).toMatchObject({ ok: true });
    expect(await http.send({ url })).toMatchObject({ ok: false, reason: 'blocked_address' });
    expect(stub.requests.length).toBe(1);
  });

  it.each([
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '[::ffff:127.0.0.1]',
    '0',
    '[::]',
  ])('refuses the address spelled %s before any look-up', async (host) => {
    const stub = await stubServer();
    const answer = await client(at('127.0.0.1')).send({
      url: `http://${host}:${stub.port}/`,
      allowPrivateNetwork: true,
    });
    expect(answer).toMatchObject({ ok: false, reason: 'blocked_address', sent: false });
    expect(stub.requests).toEqual([]);
  });
});

describe('headers that a model asks for', () => {
  it('are sent only from the allow-list and never over ours', async () => {
    const stub = await stubServer();
    await client().send({
      url: stub.url,
      method: 'POST',
      headers: { Authorization: 'Bearer OURS', 'Content-Type': 'application/json' },
      askedHeaders: {
        authorization: 'Bearer MODEL',
        AUTHORIZATION: 'x',
        'Authorization ': 'x',
        'X-Api-Key': '',
        Host: 'evil.test',
        'Content-Length': '3',
        'Transfer-Encoding': 'chunked',
        'X-HTTP-Method-Override': 'DELETE',
        Cookie: 'a=b',
        'X-Forwarded-For': '127.0.0.1',
        'Idempotency-Key': 'mine',
        'content-type': 'text/plain',
        Accept: 'text/csv',
        Prefer: 'a\r\nX-Evil: 1',
      },
      body: '{}',
    });
    const [request] = stub.requests;
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer OURS',
      'content-type': 'application/json',
      accept: 'text/csv',
      host: `127.0.0.1:${stub.port}`,
    });
    const names = request?.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names?.sort()).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
    ]);
  });
});
