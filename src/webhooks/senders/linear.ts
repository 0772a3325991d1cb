import { jsonSample, type Sender } from '../sender.ts';

/** Linear: the signed time is `webhookTimestamp` in the body; the header of that name is not signed. */
export const linear: Sender = {
  name: 'linear',
  page: 'https://linear.app/developers/webhooks',
  auth: {
    type: 'hmac-sha256',
    header: 'Linear-Signature',
    timestamp: 'body:webhookTimestamp',
    timestampUnit: 'ms',
    toleranceSeconds: 60,
  },
  dedupe: ['header:Linear-Delivery'],
  eventType: [['body:type', 'body:action'], ['header:Linear-Event']],
  events: [
    'Issue',
    'Comment',
    'IssueLabel',
    'Project',
    'ProjectUpdate',
    'Initiative',
    'InitiativeUpdate',
    'Cycle',
    'Reaction',
    'Attachment',
    'Document',
    'User',
    'Customer',
    'CustomerNeed',
    'IssueSLA',
    'OAuthApp',
    'PermissionChange',
    'AppUserNotification',
    'AgentSessionEvent',
    'AuditEntry',
  ],
  acceptedStatus: 200,
  sample: ({ now, id }) =>
    jsonSample(
      {
        action: 'create',
        type: 'Project',
        createdAt: new Date(now).toISOString(),
        data: { id: 'project_1', name: 'Sample project', url: 'https://linear.app/acme/project/1' },
        webhookTimestamp: now,
        webhookId: 'webhook_1',
      },
      { 'Linear-Delivery': id, 'Linear-Event': 'Project' },
    ),
};
