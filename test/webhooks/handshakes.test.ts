import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../../src/domain/ports/webhook-preset.ts';
import { secretsFrom } from '../support/webhook-requests.ts';
import { configured, SECRET, withHeaders } from '../support/webhook-senders.ts';

function answer(name: string, request: WebhookRequest) {
  const { preset, auth } = configured(name);
  return preset.handshake?.(request, auth, secretsFrom());
}

function bodyRequest(name: string, body: unknown): WebhookRequest {
  return configured(name).request({ body: Buffer.from(JSON.stringify(body)) });
}

describe('slack', () => {
  it('gets its challenge back', () => {
    const request = bodyRequest('slack', { type: 'url_verification', challenge: '3eZbrw1a' });
    expect(answer('slack', request)).toEqual({
      status: 200,
      contentType: 'application/json',
      body: '{"challenge":"3eZbrw1a"}',
    });
  });

  it.each([{}, { challenge: { a: 1 } }, { challenge: 'x'.repeat(513) }])(
    'gets no answer to a challenge like %j',
    (rest) => {
      expect(answer('slack', bodyRequest('slack', { type: 'url_verification', ...rest }))?.status).toBe(400);
    },
  );

  it('is an event otherwise', () => {
    expect(answer('slack', configured('slack').request())).toBeUndefined();
  });

  it('is refused without a signature, so that no unsigned probe is answered', () => {
    const sender = configured('slack');
    const request = bodyRequest('slack', { type: 'url_verification', challenge: 'x' });
    expect(sender.verdict(withHeaders(request, { 'x-slack-signature': undefined }))).toBe('missing_header');
  });
});

describe('zoom', () => {
  const validation = (plainToken: unknown) =>
    bodyRequest('zoom', { event: 'endpoint.url_validation', payload: { plainToken } });

  it('gets its token back, signed', () => {
    const encryptedToken = createHmac('sha256', SECRET).update('qgg8vlvZRS6UYooatFL8Aw').digest('hex');
    expect(JSON.parse(answer('zoom', validation('qgg8vlvZRS6UYooatFL8Aw'))?.body ?? '')).toEqual({
      plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
      encryptedToken,
    });
  });

  it('is answered with the secret that signed the request, of several', () => {
    const { preset, auth } = configured('zoom');
    const both = { ...auth, secrets: ['another-secret-of-zoom', ...auth.secrets] };
    const reply = preset.handshake?.(validation('token'), both, secretsFrom());
    expect(reply?.body).toContain(createHmac('sha256', SECRET).update('token').digest('hex'));
  });

  it.each(['v0:1700000000:{"event":"meeting.started"}', '', 5, 'x'.repeat(129)])('signs nothing for %j', (token) => {
    expect(answer('zoom', validation(token))).toEqual({
      status: 400,
      contentType: 'application/json',
      body: '{"error":"bad_plain_token"}',
    });
  });

  it('signs nothing for a request that it cannot verify itself', () => {
    const request = withHeaders(validation('token'), { 'x-zm-signature': 'v0=00' });
    expect(answer('zoom', request)?.status).toBe(400);
  });
});

describe('discord', () => {
  it('gets a pong to the ping of interactions', () => {
    expect(answer('discord', bodyRequest('discord', { id: '1', type: 1 }))).toMatchObject({
      status: 200,
      body: '{"type":1}',
    });
  });

  it('gets an empty 204 to the ping of webhook events', () => {
    expect(answer('discord', bodyRequest('discord', { version: 1, type: 0 }))).toMatchObject({ status: 204, body: '' });
  });

  it('is an event otherwise, also where events have the type of the ping', () => {
    expect(answer('discord', configured('discord').request())).toBeUndefined();
    expect(answer('discord', bodyRequest('discord', { id: '1', type: 2 }))).toBeUndefined();
  });
});

describe('github', () => {
  it('gets an answer to its ping, without a run', () => {
    const ping = withHeaders(configured('github').request(), { 'x-github-event': 'ping' });
    expect(answer('github', ping)?.status).toBe(200);
    expect(answer('github', configured('github').request())).toBeUndefined();
  });
});

describe('meta', () => {
  const register = (query: Readonly<Record<string, readonly string[]>>): WebhookRequest => ({
    method: 'GET',
    headers: {},
    body: Buffer.alloc(0),
    query: {
      'hub.mode': ['subscribe'],
      'hub.challenge': ['1158201444'],
      'hub.verify_token': ['a-verify-token'],
      ...query,
    },
    receivedAt: 0,
  });

  it('registers by GET with its verify token and hears its challenge as text', () => {
    expect(configured('meta').preset.answersGet).toBe(true);
    expect(answer('meta', register({}))).toEqual({ status: 200, contentType: 'text/plain', body: '1158201444' });
  });

  it.each([
    [{ 'hub.verify_token': ['wrong'] }, 401],
    [{ 'hub.verify_token': [] }, 401],
    [{ 'hub.verify_token': ['a-verify-token', 'a-verify-token'] }, 401],
    [{ 'hub.challenge': ['<script>'] }, 400],
    [{ 'hub.challenge': ['x'.repeat(257)] }, 400],
  ])('does not register with %j', (query, status) => {
    expect(answer('meta', register(query))?.status).toBe(status);
  });

  it('does not register where no verify token is configured', () => {
    const { preset, auth } = configured('meta');
    const without = { ...auth, options: {} };
    expect(preset.handshake?.(register({ 'hub.verify_token': [''] }), without, secretsFrom())?.status).toBe(401);
  });

  it('is pinged otherwise', () => {
    expect(answer('meta', register({ 'hub.mode': [] }))).toBeUndefined();
    expect(answer('meta', configured('meta').request())).toBeUndefined();
  });
});
