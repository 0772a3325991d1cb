import { jsonSample, type Sender } from '../sender.ts';

/** Grafana Alerting contact points of type webhook; with a timestamp header it signs `{timestamp}:{body}`. */
export const grafana: Sender = {
  name: 'grafana',
  page: 'https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/',
  auth: { type: 'hmac-sha256', header: 'X-Grafana-Alerting-Signature' },
  dedupe: ['sha256(body)'],
  eventType: [['body:status']],
  events: ['firing', 'resolved'],
  sample: ({ now }) =>
    jsonSample({
      receiver: 'amodal',
      status: 'firing',
      groupKey: '{}:{alertname="HighLatency"}',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'HighLatency', service: 'api' },
          annotations: { summary: 'p99 latency above 2 s' },
          startsAt: new Date(now).toISOString(),
        },
      ],
    }),
};
