import { jsonSample, type SampleBody, type Sender } from '../sender.ts';
import { standardWebhooksAuth } from './standard-webhooks.ts';

const EVENT_TYPE: Sender['eventType'] = [
  ['body:object_kind', 'body:object_attributes.action'],
  ['body:event_name'],
  ['header:X-Gitlab-Event'],
];

const SIGNING_KEY_BYTES = 32;

/** GitLab with a signing token (`whsec_…`), in the form of Standard Webhooks. */
export const gitlab: Sender = {
  name: 'gitlab',
  page: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
  auth: standardWebhooksAuth('webhook'),
  dedupe: ['header:webhook-id'],
  eventType: EVENT_TYPE,
  checkSecret: (value) => {
    if (!value.startsWith('whsec_')) {
      return 'is no signing token (whsec_…): for a plain secret token use type "gitlab-token"';
    }
    const { length } = Buffer.from(value.slice('whsec_'.length), 'base64');
    return length === SIGNING_KEY_BYTES
      ? undefined
      : `must encode ${SIGNING_KEY_BYTES} bytes after "whsec_", got ${length}`;
  },
  sample: ({ id }) => mergeRequest(id),
};

/** GitLab with a plain secret token: nothing is signed, the token itself is sent. */
export const gitlabToken: Sender = {
  name: 'gitlab-token',
  page: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
  auth: { type: 'token', header: 'X-Gitlab-Token' },
  dedupe: ['header:Idempotency-Key', 'header:X-Gitlab-Event-UUID'],
  eventType: EVENT_TYPE,
  sample: ({ id }) => mergeRequest(id),
};

function mergeRequest(id: string): SampleBody {
  const body = {
    object_kind: 'merge_request',
    event_type: 'merge_request',
    user: { username: 'ada' },
    project: { path_with_namespace: 'acme/api', web_url: 'https://gitlab.com/acme/api' },
    object_attributes: { iid: 1, title: 'Sample merge request', action: 'open', state: 'opened' },
  };
  return jsonSample(body, { 'X-Gitlab-Event': 'Merge Request Hook', 'X-Gitlab-Event-UUID': id, 'Idempotency-Key': id });
}
