import { jsonSample, type Sender } from '../sender.ts';

/** PagerDuty v3 subscriptions: one `v1=` item for each secret while rotating. */
export const pagerduty: Sender = {
  name: 'pagerduty',
  page: 'https://developer.pagerduty.com/docs/verifying-webhook-signatures',
  auth: { type: 'hmac-sha256', header: 'X-PagerDuty-Signature', splitOn: ',', prefix: 'v1=' },
  dedupe: ['body:event.id'],
  eventType: [['body:event.event_type']],
  sample: ({ now, id }) =>
    jsonSample(
      {
        event: {
          id,
          event_type: 'incident.triggered',
          resource_type: 'incident',
          occurred_at: new Date(now).toISOString(),
          data: {
            id: 'PGR0VU2',
            type: 'incident',
            title: 'Sample incident',
            urgency: 'high',
            service: { summary: 'api' },
          },
        },
      },
      { 'X-Webhook-Id': id },
    ),
};
