import { describe, expect, it } from 'vitest';
import { type StubAnswer, stubServer } from '../support/stub-server.ts';
import { contextOf, deliveryOf, deliveryType, secretsOf } from './delivery-world.ts';

const TOKEN = 'xoxb-0123456789-abc';

async function posted(answer: StubAnswer, options = {}, payload = {}) {
  const stub = await stubServer(() => answer);
  const secrets = secretsOf({ SLACK_TOKEN: TOKEN });
  const target = { channel: '#ops', token: 'env:SLACK_TOKEN', apiUrl: `${stub.url}/api/`, ...options };
  const result = await deliveryType('slack').send(deliveryOf('slack', target, payload), contextOf({ secrets }));
  return { result, request: stub.requests[0] };
}

const said = (value: object): StubAnswer => ({ body: JSON.stringify(value) });

describe('a Slack target', () => {
  it('posts the text, escaped and without previews, with the bot token', async () => {
    const { result, request } = await posted(said({ ok: true, ts: '1.2' }), {}, { text: 'hi <!here> & you' });
    expect(result).toEqual({ ok: true, httpStatus: 200 });
    expect(request).toMatchObject({
      method: 'POST',
      url: '/api/chat.postMessage',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      channel: '#ops',
      text: 'hi &lt;!here&gt; &amp; you',
      unfurl_links: false,
      unfurl_media: false,
    });
  });

  it('answers in the thread of the event', async () => {
    const { request } = await posted(
      said({ ok: true }),
      { thread: 'event' },
      { thread: { channel: 'C0X', ts: '1700000000.1' } },
    );
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ channel: 'C0X', thread_ts: '1700000000.1' });
  });

  it('knows which refusals pass by themselves', async () => {
    const retryable = async (answer: StubAnswer) => {
      const { result } = await posted(answer);
      return result.ok ? 'sent' : [result.retryable, result.error];
    };
    expect(await retryable(said({ ok: false, error: 'channel_not_found' }))).toEqual([
      false,
      'Slack: channel_not_found',
    ]);
    expect(await retryable(said({ ok: false, error: 'invalid_auth' }))).toEqual([false, 'Slack: invalid_auth']);
    expect(await retryable(said({ ok: false, error: 'internal_error' }))).toEqual([true, 'Slack: internal_error']);
    expect(await retryable(said({ ok: false, error: 'ratelimited' }))).toEqual([true, 'Slack: ratelimited']);
    expect(await retryable({ body: '<html>' })).toEqual([true, 'Slack: an answer that is not understood']);
    expect(await retryable({ body: '{"error"' })).toEqual([true, 'Slack: an answer that is not understood']);
    expect(await retryable({ status: 500 })).toEqual([true, 'HTTP 500']);
    expect(await retryable({ status: 403, body: `no ${TOKEN}` })).toEqual([
      false,
      'HTTP 403: no [redacted:SLACK_TOKEN]',
    ]);
  });

  it('waits as long as Slack asks', async () => {
    const { result } = await posted({ status: 429, headers: { 'retry-after': '45' } });
    expect(result).toMatchObject({ ok: false, retryable: true, retryAfterSeconds: 45 });
  });

  it('is not reached by a name for a private address unless the file allows it', async () => {
    const stub = await stubServer(() => said({ ok: true }));
    const type = deliveryType('slack', { resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    const target = { channel: 'C1', token: 'x', apiUrl: `http://chat.test:${stub.port}/api` };
    const to = (options: object) => type.send(deliveryOf('slack', { ...target, ...options }), contextOf());
    expect(await to({})).toMatchObject({ ok: false, retryable: false, error: expect.stringContaining('loopback') });
    expect(await to({ allowPrivateNetwork: 'true' })).toMatchObject({ ok: false });
    expect(stub.requests).toEqual([]);
    expect(await to({ allowPrivateNetwork: true })).toMatchObject({ ok: true });
  });

  it('is checked when the file is loaded', () => {
    const check = (options: Readonly<Record<string, unknown>>) => deliveryType('slack').check(options, secretsOf());
    expect(check({ channel: 'C1', token: 'x' })).toEqual([]);
    expect(check({})).toHaveLength(2);
    expect(check({ channel: 'C1', token: 'x', apiUrl: 'http://127.1', thread: 'new' })).toHaveLength(2);
  });
});
