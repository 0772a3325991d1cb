import type { AuthFields } from '../auth-shape.ts';
import { jsonSample, type Sender } from '../sender.ts';

/** The fields of the Standard Webhooks specification 1.0.0; the header names begin with `webhook-` or a brand. */
export function standardWebhooksAuth(brand: string): AuthFields {
  return {
    type: 'hmac-sha256',
    header: `${brand}-signature`,
    splitOn: ' ',
    prefix: 'v1,',
    encoding: 'base64',
    timestamp: `header:${brand}-timestamp`,
    signedPayload: `{header:${brand}-id}.{timestamp}.{body}`,
    toleranceSeconds: 300,
    secretEncoding: 'base64',
    secretPrefix: 'whsec_',
  };
}

/** What is wrong with a secret that belongs to the asymmetric half of the specification. */
export function checkSymmetricSecret(value: string): string | undefined {
  return /^wh[ps]k_/.test(value)
    ? 'is an asymmetric key (whpk_…): use type "ed25519" with its 32 bytes in hex, prefix "v1a," and encoding "base64"'
    : undefined;
}

/** Every sender that follows standardwebhooks.com. */
export const standardWebhooks: Sender = {
  name: 'standard-webhooks',
  page: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
  auth: standardWebhooksAuth('webhook'),
  dedupe: ['header:webhook-id'],
  eventType: [['body:type']],
  checkSecret: checkSymmetricSecret,
  sample: ({ now }) =>
    jsonSample({ type: 'user.created', timestamp: new Date(now).toISOString(), data: { id: 'user_1', name: 'Ada' } }),
};
