import { readSource } from '../../domain/read-source.ts';
import { GITHUB_EVENTS } from '../github-events.ts';
import { jsonAnswer, jsonSample, type Sender } from '../sender.ts';

/** GitHub: repository, organization and app webhooks. Its `ping` is answered without a run. */
export const github: Sender = {
  name: 'github',
  page: 'https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries',
  auth: { type: 'hmac-sha256', header: 'X-Hub-Signature-256', prefix: 'sha256=' },
  dedupe: ['header:X-GitHub-Delivery'],
  eventType: [['header:X-GitHub-Event', 'body:action']],
  events: GITHUB_EVENTS,
  handshake: (request, value) =>
    readSource('header:X-GitHub-Event', { ...request, value }) === 'ping'
      ? jsonAnswer(200, { status: 'ok', event: 'ping' })
      : undefined,
  sample: ({ id }) =>
    jsonSample(
      {
        action: 'opened',
        issue: {
          number: 1,
          title: 'Sample issue',
          html_url: 'https://github.com/acme/api/issues/1',
          user: { login: 'octocat' },
        },
        repository: { full_name: 'acme/api' },
        sender: { login: 'octocat' },
      },
      { 'X-GitHub-Event': 'issues', 'X-GitHub-Delivery': id, 'User-Agent': 'GitHub-Hookshot/sample' },
    ),
};
