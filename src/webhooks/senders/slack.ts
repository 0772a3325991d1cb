import { stringAt } from '../../domain/values-at.ts';
import { jsonAnswer, jsonSample, type Sender } from '../sender.ts';

const LONGEST_CHALLENGE = 512;

/** Slack: events, slash commands and interactivity. It insists on 200 within three seconds. */
export const slack: Sender = {
  name: 'slack',
  page: 'https://docs.slack.dev/authentication/verifying-requests-from-slack/',
  auth: {
    type: 'hmac-sha256',
    header: 'X-Slack-Signature',
    prefix: 'v0=',
    timestamp: 'header:X-Slack-Request-Timestamp',
    signedPayload: 'v0:{timestamp}:{body}',
    toleranceSeconds: 300,
  },
  dedupe: ['body:event_id', 'body:trigger_id'],
  eventType: [['body:event.type'], ['body:command'], ['body:type']],
  acceptedStatus: 200,
  handshake: (_request, value) => {
    if (stringAt(value, 'type') !== 'url_verification') return undefined;
    const challenge = stringAt(value, 'challenge');
    return challenge === undefined || challenge.length > LONGEST_CHALLENGE
      ? jsonAnswer(400, { error: 'bad_challenge' })
      : jsonAnswer(200, { challenge });
  },
  sample: ({ now, id }) =>
    jsonSample({
      type: 'event_callback',
      event_id: `Ev${id}`,
      event_time: Math.floor(now / 1000),
      team_id: 'T0001',
      api_app_id: 'A0001',
      event: {
        type: 'app_mention',
        user: 'U0001',
        text: '<@U0BOT> what changed today?',
        ts: `${Math.floor(now / 1000)}.000100`,
        channel: 'C0001',
      },
    }),
};
