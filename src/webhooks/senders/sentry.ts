import { jsonSample, type Sender } from '../sender.ts';

/** Sentry integrations: the key is the integration's client secret; none of its times and ids is signed. */
export const sentry: Sender = {
  name: 'sentry',
  page: 'https://docs.sentry.io/organization/integrations/integration-platform/webhooks/',
  auth: { type: 'hmac-sha256', header: 'Sentry-Hook-Signature' },
  dedupe: ['sha256(body)'],
  eventType: [['header:Sentry-Hook-Resource', 'body:action']],
  events: [
    'installation',
    'uninstallation',
    'event_alert',
    'metric_alert',
    'issue',
    'error',
    'comment',
    'seer',
    'preprod_artifact',
  ],
  sample: ({ now, id }) =>
    jsonSample(
      {
        action: 'created',
        installation: { uuid: 'installation_1' },
        data: {
          issue: {
            id: '1',
            shortId: 'API-1',
            title: 'TypeError: sample error',
            level: 'error',
            firstSeen: new Date(now).toISOString(),
            project: { slug: 'api' },
          },
        },
      },
      { 'Sentry-Hook-Resource': 'issue', 'Sentry-Hook-Timestamp': String(Math.floor(now / 1000)), 'Request-ID': id },
    ),
};
