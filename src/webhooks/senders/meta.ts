import { timingSafeEqual } from 'node:crypto';
import type { Handshake, WebhookRequest } from '../../domain/ports/webhook-preset.ts';
import { textAt } from '../../domain/values-at.ts';
import { resolved } from '../read-keys.ts';
import { type HandshakeContext, jsonAnswer, jsonSample, type Sender } from '../sender.ts';

const CHALLENGE = /^[\w-]{1,256}$/;

/** Meta (Facebook, Instagram, WhatsApp): registers by a GET with a token of its own, `verifyToken`; insists on 200. */
export const meta: Sender = {
  name: 'meta',
  page: 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started',
  auth: { type: 'hmac-sha256', header: 'X-Hub-Signature-256', prefix: 'sha256=' },
  extraFields: ['verifyToken'],
  dedupe: ['sha256(body)'],
  eventType: [[eventName]],
  elements: { list: 'entry.*.changes.*', eventType: 'field' },
  acceptedStatus: 200,
  answersGet: true,
  handshake: (request, _value, context) => (request.method === 'GET' ? register(request, context) : undefined),
  sample: ({ now }) =>
    jsonSample({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '1',
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                messages: [
                  {
                    id: 'wamid.1',
                    from: '15550001111',
                    timestamp: String(Math.floor(now / 1000)),
                    type: 'text',
                    text: { body: 'Hello' },
                  },
                ],
              },
            },
          ],
        },
      ],
    }),
};

function eventName(value: unknown): string | undefined {
  const object = textAt(value, 'object');
  const field =
    textAt(value, 'entry.0.changes.0.field') ?? (textAt(value, 'entry.0.messaging.0.sender.id') && 'messaging');
  return object && [object, field].filter(Boolean).join('.');
}

function register({ query = {} }: WebhookRequest, { auth, secrets }: HandshakeContext): Handshake | undefined {
  const one = (name: string) => (Object.hasOwn(query, name) && query[name]?.length === 1 ? query[name][0] : undefined);
  if (one('hub.mode') !== 'subscribe') return undefined;
  const { verifyToken } = auth.options;
  const expected = typeof verifyToken === 'string' ? resolved(verifyToken, secrets) : undefined;
  const challenge = one('hub.challenge') ?? '';
  if (!expected || !isSame(one('hub.verify_token') ?? '', expected)) return jsonAnswer(401, { error: 'unauthorized' });
  if (!CHALLENGE.test(challenge)) return jsonAnswer(400, { error: 'bad_challenge' });
  return { status: 200, contentType: 'text/plain', body: challenge };
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
