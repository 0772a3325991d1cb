import { createHmac } from 'node:crypto';
import { stringAt } from '../../domain/values-at.ts';
import { jsonAnswer, jsonSample, type Sender } from '../sender.ts';

/** A colon would let `plainToken` spell `v0:…`, and the answer would sign an event for whoever asked. */
const PLAIN_TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

/** Zoom: validates the URL when it is saved and every 72 hours; insists on 200 or 204 within three seconds. */
export const zoom: Sender = {
  name: 'zoom',
  page: 'https://developers.zoom.us/docs/api/webhooks/',
  auth: {
    type: 'hmac-sha256',
    header: 'x-zm-signature',
    prefix: 'v0=',
    timestamp: 'header:x-zm-request-timestamp',
    signedPayload: 'v0:{timestamp}:{body}',
    toleranceSeconds: 300,
  },
  dedupe: ['sha256(body)'],
  eventType: [['body:event']],
  acceptedStatus: 200,
  handshake: (_request, value, { signingSecrets }) => {
    if (stringAt(value, 'event') !== 'endpoint.url_validation') return undefined;
    const plainToken = stringAt(value, 'payload.plainToken') ?? '';
    const [secret] = signingSecrets();
    if (!PLAIN_TOKEN.test(plainToken) || secret === undefined) return jsonAnswer(400, { error: 'bad_plain_token' });
    const encryptedToken = createHmac('sha256', secret).update(plainToken).digest('hex');
    return jsonAnswer(200, { plainToken, encryptedToken });
  },
  sample: ({ now }) =>
    jsonSample({
      event: 'meeting.started',
      event_ts: now,
      payload: { account_id: 'acc_1', object: { id: '1234567890', topic: 'Sample meeting' } },
    }),
};
