import { jsonSample, type Sender } from '../sender.ts';

/** Jira Cloud webhooks that an administrator made with a secret; those of Connect and OAuth apps are not signed. */
export const jira: Sender = {
  name: 'jira',
  page: 'https://developer.atlassian.com/cloud/jira/platform/webhooks/',
  auth: { type: 'hmac-sha256', header: 'X-Hub-Signature', prefix: 'sha256=' },
  dedupe: ['header:X-Atlassian-Webhook-Identifier'],
  eventType: [['body:webhookEvent']],
  sample: ({ now, id }) =>
    jsonSample(
      {
        timestamp: now,
        webhookEvent: 'jira:issue_created',
        issue: { key: 'OPS-1', fields: { summary: 'Sample issue', priority: { name: 'High' } } },
      },
      { 'X-Atlassian-Webhook-Identifier': id },
    ),
};
