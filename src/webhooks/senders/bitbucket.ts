import { jsonSample, type Sender } from '../sender.ts';

/** Bitbucket Cloud and Data Center: the header's name is GitHub's old one, its content is SHA-256. */
export const bitbucket: Sender = {
  name: 'bitbucket',
  page: 'https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/',
  auth: { type: 'hmac-sha256', header: 'X-Hub-Signature', prefix: 'sha256=' },
  dedupe: ['header:X-Request-UUID', 'header:X-Request-Id'],
  eventType: [['header:X-Event-Key']],
  sample: ({ id }) =>
    jsonSample(
      {
        repository: { full_name: 'acme/api' },
        actor: { display_name: 'Ada' },
        push: { changes: [{ new: { type: 'branch', name: 'main' } }] },
      },
      { 'X-Event-Key': 'repo:push', 'X-Request-UUID': id, 'X-Attempt-Number': '1' },
    ),
};
