import type { Sender } from '../sender.ts';

/** SendGrid's event webhook: a list of events, signed with its P-256 key; `secret` is the verification key. */
export const sendgrid: Sender = {
  name: 'sendgrid',
  page: 'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features',
  auth: {
    type: 'ecdsa-p256-sha256',
    header: 'X-Twilio-Email-Event-Webhook-Signature',
    encoding: 'base64',
    keyFormat: 'spki-base64',
    timestamp: 'header:X-Twilio-Email-Event-Webhook-Timestamp',
    signedPayload: '{timestamp}{body}',
  },
  dedupe: ['sha256(body)'],
  eventType: [],
  events: [
    'processed',
    'deferred',
    'delivered',
    'bounce',
    'dropped',
    'open',
    'click',
    'spamreport',
    'unsubscribe',
    'group_unsubscribe',
    'group_resubscribe',
    'account_status_change',
  ],
  elements: { list: '', id: 'sg_event_id', eventType: 'event' },
  sample: ({ now, id }) => ({
    contentType: 'application/json',
    body: `${JSON.stringify([
      {
        email: 'ada@example.com',
        event: 'bounce',
        reason: 'mailbox full',
        sg_event_id: id,
        timestamp: Math.floor(now / 1000),
      },
    ])}\r\n`,
  }),
};
