import { jsonSample, type Sender } from '../sender.ts';
import { checkSymmetricSecret, standardWebhooksAuth } from './standard-webhooks.ts';

/** Svix, under its branded header names. */
export const svix: Sender = {
  name: 'svix',
  page: 'https://docs.svix.com/receiving/verifying-payloads/how-manual',
  auth: standardWebhooksAuth('svix'),
  dedupe: ['header:svix-id'],
  eventType: [['body:type'], ['body:event_type']],
  checkSecret: checkSymmetricSecret,
  sample: ({ now }) =>
    jsonSample({ type: 'invoice.paid', timestamp: new Date(now).toISOString(), data: { id: 'inv_1', amount: 4200 } }),
};
