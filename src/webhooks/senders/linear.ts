import { stringAt } from '../../domain/values-at.ts';
import { jsonSample, type Sender } from '../sender.ts';

const DONE: Readonly<Record<string, string>> = { create: 'created', update: 'updated', remove: 'removed' };

/** Where the name of what an event is about stands. */
const NAMES = [
  'data.name',
  'data.title',
  'data.project.name',
  'data.issue.title',
  'data.identifier',
  'data.id',
] as const;

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
  title: titleOf,
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

/** `Project created: Website`, `Project update created: Website`. */
function titleOf(value: unknown): string | undefined {
  const type = stringAt(value, 'type');
  const action = stringAt(value, 'action');
  if (type === undefined || action === undefined) return undefined;
  const name = NAMES.map((path) => stringAt(value, path)).find((text) => text !== undefined && text !== '');
  const done = Object.hasOwn(DONE, action) ? DONE[action] : action;
  const kind = type.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${kind} ${done}${name === undefined ? '' : `: ${name}`}`;
}
