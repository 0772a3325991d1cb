import { jsonSample, type Sender } from '../sender.ts';

/** Vercel: SHA-1 over the body, bare hex. */
export const vercel: Sender = {
  name: 'vercel',
  page: 'https://vercel.com/docs/webhooks/webhooks-api',
  auth: { type: 'hmac-sha1', header: 'x-vercel-signature' },
  dedupe: ['body:id'],
  eventType: [['body:type']],
  sample: ({ now, id }) =>
    jsonSample({
      id,
      type: 'deployment.error',
      createdAt: now,
      payload: { deployment: { id: 'dpl_1', name: 'web', url: 'web-sample.vercel.app' }, target: 'production' },
    }),
};
