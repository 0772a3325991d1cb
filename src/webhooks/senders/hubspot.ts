import type { Sender } from '../sender.ts';

/** The escapes that HubSpot turns back into characters before it signs; all others stay as they are. */
const DECODED: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%2F': '/',
  '%3F': '?',
  '%40': '@',
  '%21': '!',
  '%24': '$',
  '%27': "'",
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%2C': ',',
  '%3B': ';',
};

/** HubSpot v3 signatures, which cover the public URL; v1 and v2 are no HMACs and are refused. */
export const hubspot: Sender = {
  name: 'hubspot',
  page: 'https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests',
  auth: {
    type: 'hmac-sha256',
    header: 'X-HubSpot-Signature-v3',
    encoding: 'base64',
    timestamp: 'header:X-HubSpot-Request-Timestamp',
    timestampUnit: 'ms',
    signedPayload: '{method}{url}{body}{timestamp}',
    toleranceSeconds: 300,
  },
  signedUrl: (url) => url.replace(/%[0-9A-F]{2}/gi, (escaped) => DECODED[escaped.toUpperCase()] ?? escaped),
  dedupe: ['sha256(body)'],
  eventType: [],
  // Ids are not promised to be unique, and each attempt counts itself in the body.
  elements: {
    list: '',
    id: 'eventId',
    eventType: 'subscriptionType',
    key: ['eventId', 'subscriptionId', 'objectId', 'occurredAt'],
  },
  sample: ({ now }) => ({
    contentType: 'application/json',
    body: JSON.stringify([
      {
        eventId: 1,
        subscriptionId: 1,
        portalId: 1,
        occurredAt: now,
        subscriptionType: 'contact.creation',
        objectId: 101,
      },
    ]),
  }),
};
