import { jsonSample, type Sender } from '../sender.ts';

/** Shopify: the key is the app's client secret, which signs with its predecessor for up to an hour after a rotation. */
export const shopify: Sender = {
  name: 'shopify',
  page: 'https://shopify.dev/docs/apps/build/webhooks/subscribe/https',
  auth: { type: 'hmac-sha256', header: 'X-Shopify-Hmac-SHA256', encoding: 'base64' },
  dedupe: ['header:X-Shopify-Event-Id', 'header:X-Shopify-Webhook-Id'],
  eventType: [['header:X-Shopify-Topic']],
  sample: ({ now, id }) =>
    jsonSample(
      {
        id: 820982911946154500,
        email: 'jon@example.com',
        total_price: '409.94',
        created_at: new Date(now).toISOString(),
      },
      {
        'X-Shopify-Topic': 'orders/create',
        'X-Shopify-Event-Id': id,
        'X-Shopify-Webhook-Id': id,
        'X-Shopify-Shop-Domain': 'acme.myshopify.com',
      },
    ),
};
