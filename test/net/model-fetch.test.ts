import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createModelFetch, type Resolve } from '../../src/net/index.ts';
import { rawServer } from '../support/raw-server.ts';
import { stubServer } from '../support/stub-server.ts';

const loopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];

const causeOf = async (pending: Promise<unknown>): Promise<Error> => {
  const error = await pending.then(
    () => new Error('it was answered'),
    (reason: Error) => reason,
  );
  return error.cause instanceof Error ? error.cause : error;
};

describe('the fetch of models', () => {
  it('sends and answers like the built-in one', async () => {
    const stub = await stubServer(() => ({ status: 201, headers: { 'x-a': 'b' }, body: '{"ü":1}' }));
    const fetch = createModelFetch();
    const response = await fetch(`${stub.url}/v1?x=1`, {
      method: 'POST',
      headers: new Headers({ Authorization: 'Bearer k', 'Content-Type': 'application/json' }),
      body: '{"ä":2}',
    });
    expect([response.status, response.ok, response.headers.get('x-a')]).toEqual([201, true, 'b']);
    expect(await response.json()).toEqual({ ü: 1 });
    expect(stub.requests).toMatchObject([
      {
        method: 'POST',
        url: '/v1?x=1',
        body: '{"ä":2}',
        headers: { authorization: 'Bearer k', 'content-length': '8' },
      },
    ]);
  });

  it('takes bytes, forms and Request objects as well', async () => {
    const stub = await stubServer();
    const fetch = createModelFetch();
    await fetch(new URL(stub.url), { method: 'POST', body: Buffer.from('bytes') });
    await fetch(new Request(stub.url, { method: 'PUT', body: 'request', headers: { 'x-r': '1' } }));
    await fetch(stub.url, { method: 'POST', body: new URLSearchParams({ a: 'b c' }) });
    expect(stub.requests.map(({ method, body }) => [method, body])).toEqual([
      ['POST', 'bytes'],
      ['PUT', 'request'],
      ['POST', 'a=b+c'],
    ]);
    expect(stub.requests[2]?.headers['content-type']).toContain('application/x-www-form-urlencoded');
  });

  it('hands on a stream as it comes', async () => {
    let send: (text: string) => void = () => {};
    const server = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      send = (text) => socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
      send('data: one\n\n');
    });
    const response = await createModelFetch()(server.url, { method: 'POST', body: '{}' });
    const reader = response.body?.getReader();
    const next = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(await next()).toBe('data: one\n\n');
    send('data: two\n\n');
    expect(await next()).toBe('data: two\n\n');
    await reader?.cancel();
  });

  it('keeps its connection, and asks again when the other side had closed it meanwhile', async () => {
    let answers = 0;
    const server = await rawServer((socket) => {
      answers += 1;
      if (answers === 3) return socket.resetAndDestroy();
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const fetch = createModelFetch();
    const ask = async () => (await fetch(server.url, { method: 'POST', body: '{}' })).text();
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    expect(await ask()).toBe('ok');
    await settled();
    expect(await ask()).toBe('ok');
    expect(server.connections()).toBe(1);
    await settled();
    expect(await ask()).toBe('ok');
    expect([server.connections(), answers]).toEqual([2, 4]);
  });

  it('stops before and while the answer comes, with the reason of the signal', async () => {
    const silent = await rawServer();
    const stop = new AbortController();
    const pending = createModelFetch()(silent.url, { signal: stop.signal });
    setImmediate(() => stop.abort(new Error('over')));
    await expect(pending).rejects.toThrow('over');
    await expect(createModelFetch()(silent.url, { signal: stop.signal })).rejects.toThrow('over');
    const half = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    const later = new AbortController();
    const response = await createModelFetch()(half.url, { signal: later.signal });
    const text = response.text();
    later.abort(new Error('enough'));
    await expect(text).rejects.toThrow('enough');
  });

  it('breaks off a body that is cut, instead of taking it for whole', async () => {
    const cut = await rawServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    const response = await createModelFetch()(cut.url);
    await expect(response.text()).rejects.toThrow();
  });

  it('gives up when the head of an answer does not come', async () => {
    const silent = await rawServer();
    const cause = await causeOf(createModelFetch({ headersMs: 50 })(silent.url));
    expect(cause).toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('reads a compressed answer that it did not ask for, and no bomb', async () => {
    const stub = await stubServer(() => ({ headers: { 'content-encoding': 'gzip' }, body: gzipSync('{"a":1}') }));
    expect(await (await createModelFetch()(stub.url)).json()).toEqual({ a: 1 });
    expect(stub.requests[0]?.headers['accept-encoding']).toBe('identity');
    const body = gzipSync(Buffer.alloc(80 * 1024 * 1024));
    const bomb = await stubServer(() => ({ headers: { 'content-encoding': 'gzip' }, body }));
    const response = await createModelFetch()(bomb.url);
    await expect(response.arrayBuffer()).rejects.toThrow(/longer than/);
  });

  it('follows no redirect', async () => {
    const evil = await stubServer();
    const stub = await stubServer(() => ({ status: 307, headers: { location: evil.url } }));
    expect((await createModelFetch()(stub.url, { method: 'POST', body: 'key' })).status).toBe(307);
    expect(evil.requests).toEqual([]);
  });

  it('holds the rules on addresses, and says which one in its cause', async () => {
    const stub = await stubServer();
    const url = `http://llm.test:${stub.port}/`;
    const refused = await causeOf(createModelFetch({ resolve: loopback })(url));
    expect(refused).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('llm.test resolves to 127.0.0.1'),
    });
    const metadata = await causeOf(createModelFetch()('http://169.254.169.254/v1'));
    expect(metadata).toMatchObject({ code: 'forbidden' });
    expect(stub.requests).toEqual([]);
    expect((await createModelFetch({ resolve: loopback, allowPrivateNetwork: true })(url)).status).toBe(200);
  });
});
