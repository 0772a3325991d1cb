import { jsonSample, type Sender } from '../sender.ts';

/** Intercom: SHA-1 with the app's client secret. */
export const intercom: Sender = {
  name: 'intercom',
  page: 'https://developers.intercom.com/docs/webhooks/setting-up-webhooks',
  auth: { type: 'hmac-sha1', header: 'X-Hub-Signature', prefix: 'sha1=' },
  dedupe: ['body:id'],
  eventType: [['body:topic']],
  sample: ({ now, id }) =>
    jsonSample({
      type: 'notification_event',
      id: `notif_${id}`,
      topic: 'conversation.user.created',
      created_at: Math.floor(now / 1000),
      data: { item: { type: 'conversation', id: '1', source: { body: '<p>Hello</p>' } } },
    }),
};
