import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { verifyStandardWebhook } from '../../src/net/index.ts';
import { freePort } from '../support/free-port.ts';
import { rawServer } from '../support/raw-server.ts';
import { type StubAnswer, stubServer } from '../support/stub-server.ts';
import { contextOf, deliveryOf, deliveryType, NOW, PAYLOAD, secretsOf } from './delivery-world.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

async function sent(options: Readonly<Record<string, unknown>> = {}, payload = {}, answer: StubAnswer = {}) {
  const stub = await stubServer(() => answer);
  const secrets = secretsOf({ HOOK: stub.url, SECRET, KEY: 'key-0123456789' });
  const delivery = deliveryOf('webhook', { url: 'env:HOOK', ...options }, payload);
  const result = await deliveryType('webhook').send(delivery, contextOf({ secrets }));
  const [request] = stub.requests;
  return { result, requests: stub.requests, request, json: request && JSON.parse(request.body) };
}

describe('a webhook target', () => {
  it('gets the payload as JSON under one idempotency key', async () => {
    const { result, request, json } = await sent({}, { thread: { channel: 'C1', ts: '1.2' } });
    expect(result).toEqual({ ok: true, httpStatus: 200 });
    expect(json).toEqual(PAYLOAD);
    expect(request).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'dlv_1', 'webhook-id': 'dlv_1' },
    });
    expect(request?.headers['webhook-signature']).toBeUndefined();
  });

  it('gets headers of the file, their references resolved, but none that say what the request is', async () => {
    const headers = {
      Authorization: 'env:KEY',
      'X-A': 'b',
      'Idempotency-Key': 'mine',
      'Webhook-Id': 'mine',
      Host: 'evil.test',
    };
    const { request } = await sent({ headers });
    expect(request?.headers).toMatchObject({ authorization: 'key-0123456789', 'x-a': 'b', 'idempotency-key': 'dlv_1' });
    expect(request?.headers['webhook-id']).toBe('dlv_1');
    expect(request?.headers.host).toMatch(/^127\.0\.0\.1:/);
  });

  it('is signed by Standard Webhooks when it has a secret', async () => {
    const { request } = await sent({ secret: 'env:SECRET' }, { text: 'größe 📊' });
    const headers = Object.fromEntries(
      Object.entries(request?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const body = request?.body ?? '';
    expect(headers['webhook-timestamp']).toBe(String(NOW / 1000));
    expect(verifyStandardWebhook({ secrets: [SECRET], headers, body, now: NOW })).toEqual({ ok: true });
    expect(() => new Webhook(SECRET).verify(body, headers)).toThrow(/too old|too new/);
  });

  it('has the same id and a new timestamp on every attempt', async () => {
    const stub = await stubServer();
    const type = deliveryType('webhook');
    const delivery = deliveryOf('webhook', { url: stub.url, secret: SECRET });
    for (const now of [NOW, NOW + 30_000]) await type.send(delivery, contextOf({ now: () => now }));
    const [first, second] = stub.requests.map(({ headers }) => headers);
    expect(second?.['webhook-id']).toBe(first?.['webhook-id']);
    expect(Number(second?.['webhook-timestamp']) - Number(first?.['webhook-timestamp'])).toBe(30);
    expect(second?.['webhook-signature']).not.toBe(first?.['webhook-signature']);
  });

  it('gets the body of the file, its texts rendered over the payload', async () => {
    const body = {
      routing_key: 'env:KEY',
      payload: { summary: '{{ text }}', n: 1, gone: '{{ gone }}' },
      tags: ['{{ mrr }}', null],
    };
    const { json } = await sent({ body }, { text: 'a "quoted" {{ run }}', data: { mrr: 12 } });
    expect(json).toEqual({
      routing_key: 'key-0123456789',
      payload: { summary: 'a "quoted" {{ run }}', n: 1, gone: '{{ gone }}' },
      tags: ['12', null],
    });
    const { result, requests } = await sent({ body: { x: '{{ broken' } });
    expect(result).toMatchObject({ ok: false, retryable: false, error: expect.stringContaining('unexpected end') });
    expect(requests).toEqual([]);
  });

  it.each([
    [200, {}, { ok: true, httpStatus: 200 }],
    [204, {}, { ok: true, httpStatus: 204 }],
    [400, {}, { ok: false, retryable: false, httpStatus: 400 }],
    [401, {}, { ok: false, retryable: false, httpStatus: 401 }],
    [404, {}, { ok: false, retryable: false, httpStatus: 404 }],
    [410, {}, { ok: false, retryable: false, httpStatus: 410 }],
    [408, {}, { ok: false, retryable: true, httpStatus: 408 }],
    [429, { 'retry-after': '90' }, { ok: false, retryable: true, httpStatus: 429, retryAfterSeconds: 90 }],
    [429, { 'retry-after': 'soon' }, { ok: false, retryable: true, httpStatus: 429 }],
    [500, {}, { ok: false, retryable: true, httpStatus: 500 }],
    [503, { 'retry-after': '999999999' }, { ok: false, retryable: true, retryAfterSeconds: 86_400 }],
  ])('that answers %i %j comes to %j', async (status, headers, expected) => {
    expect((await sent({}, {}, { status, headers: headers as Record<string, string> })).result).toMatchObject(expected);
  });

  it('that redirects has not got it: the other place sees nothing, and it is tried again', async () => {
    const evil = await stubServer();
    const { result } = await sent({}, {}, { status: 307, headers: { location: `${evil.url}/x` } });
    expect(result).toMatchObject({ ok: false, retryable: true, httpStatus: 307 });
    expect(evil.requests).toEqual([]);
  });

  it('that refuses says why in few words, without secrets and control characters', async () => {
    const body = `bad\u001b[31m key-0123456789\n${'x'.repeat(5000)}`;
    const { result } = await sent({}, {}, { status: 400, body });
    const error = result.ok ? '' : result.error;
    expect(error).toMatch(/^HTTP 400: bad \[redacted:KEY\] x+…$/);
    expect(error.length).toBeLessThan(230);
  });

  it('that cannot be reached, resets or does not answer is tried again', async () => {
    const type = deliveryType('webhook');
    const to = (url: string) => type.send(deliveryOf('webhook', { url }), contextOf());
    expect(await to(`http://127.0.0.1:${await freePort()}/`)).toMatchObject({ ok: false, retryable: true });
    const reset = await rawServer((socket) => socket.resetAndDestroy());
    expect(await to(reset.url)).toMatchObject({ ok: false, retryable: true });
    const silent = await rawServer();
    const stop = new AbortController();
    const pending = type.send(deliveryOf('webhook', { url: silent.url }), contextOf({ signal: stop.signal }));
    setImmediate(() => stop.abort());
    expect(await pending).toMatchObject({ ok: false, retryable: true });
  });

  it('that took it counts as delivered although its answer never ends', async () => {
    const endless = await rawServer((socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(5000)}`));
    const result = await deliveryType('webhook').send(deliveryOf('webhook', { url: endless.url }), contextOf());
    expect(result).toEqual({ ok: true, httpStatus: 200 });
  });

  it('that is a name for a private address is refused unless the file allows it', async () => {
    const stub = await stubServer();
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const type = deliveryType('webhook', { resolve });
    const to = (options: object) =>
      type.send(deliveryOf('webhook', { url: `http://hooks.test:${stub.port}/`, ...options }), contextOf());
    expect(await to({})).toMatchObject({ ok: false, retryable: false, error: expect.stringContaining('loopback') });
    expect(stub.requests).toEqual([]);
    expect(await to({ allowPrivateNetwork: true })).toMatchObject({ ok: true });
  });

  it('whose variable is not set names it and is tried again', async () => {
    const result = await deliveryType('webhook').send(deliveryOf('webhook', { url: 'env:GONE' }), contextOf());
    expect(result).toEqual({ ok: false, retryable: true, error: 'GONE is not set' });
  });

  it('is checked when the file is loaded', () => {
    const check = (options: Readonly<Record<string, unknown>>) =>
      deliveryType('webhook').check(options, secretsOf({ SECRET, ODD: 'http://127.1/' }));
    expect(check({ url: 'https://hooks.test/x', secret: 'env:SECRET', format: 'slack' })).toEqual([]);
    expect(check({ url: 'http://127.0.0.1:3000/x' })).toEqual([]);
    expect(check({})).toEqual(['the target needs "url", a text that is not empty']);
    expect(check({ url: 'env:ODD' })).toEqual([expect.stringMatching(/^"url": .*odd spelling of 127\.0\.0\.1/)]);
    expect(check({ url: 'http://169.254.169.254/' })).toEqual([expect.stringContaining('never connected to')]);
    expect(check({ url: 'https://a.test', format: 'irc' })).toEqual([expect.stringContaining('got "irc"')]);
    expect(check({ url: 'https://a.test', secret: 'whsec_' })).toEqual([expect.stringContaining('empty')]);
  });
});
