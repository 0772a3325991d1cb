import { jsonSample, type Sender } from '../sender.ts';

/** Stripe: only `v1` counts; the key is the whole `whsec_…` text. */
export const stripe: Sender = {
  name: 'stripe',
  page: 'https://docs.stripe.com/webhooks/signature',
  auth: {
    type: 'hmac-sha256',
    header: 'Stripe-Signature',
    splitOn: ',',
    prefix: 'v1=',
    timestamp: 'item:t=',
    signedPayload: '{timestamp}.{body}',
    toleranceSeconds: 300,
  },
  dedupe: ['body:id'],
  eventType: [['body:type']],
  sample: ({ now, id }) =>
    jsonSample({
      id: `evt_${id}`,
      object: 'event',
      type: 'invoice.payment_failed',
      created: Math.floor(now / 1000),
      data: { object: { id: 'in_1', object: 'invoice', amount_due: 4200, currency: 'eur' } },
    }),
};
