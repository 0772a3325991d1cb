import { jsonSample, type Sender } from '../sender.ts';

/** Typeform: base64 behind `sha256=`. It disables a webhook at once that answers 404 or 410. */
export const typeform: Sender = {
  name: 'typeform',
  page: 'https://www.typeform.com/developers/webhooks/secure-your-webhooks/',
  auth: { type: 'hmac-sha256', header: 'Typeform-Signature', prefix: 'sha256=', encoding: 'base64' },
  dedupe: ['body:event_id'],
  eventType: [['body:event_type']],
  events: ['form_response', 'form_response_partial'],
  sample: ({ now, id }) =>
    jsonSample({
      event_id: id,
      event_type: 'form_response',
      form_response: {
        form_id: 'form_1',
        submitted_at: new Date(now).toISOString(),
        answers: [{ type: 'text', text: 'A sample answer', field: { ref: 'question_1' } }],
      },
    }),
};
