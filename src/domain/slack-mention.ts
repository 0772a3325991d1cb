import type { Thread } from './delivery.ts';

/** Somebody mentioned the app in a channel: the team, and the thread in which the answer belongs. */
export interface SlackMention {
  readonly team: string;
  readonly thread: Thread;
}

const ID = /^[A-Za-z0-9_-]{1,80}$/;
const TIMESTAMP = /^\d{1,12}\.\d{1,9}$/;

/** Reads an `app_mention` of Slack's Events API from its body as data (https://docs.slack.dev/reference/events/app_mention). */
export function slackMention(body: unknown): SlackMention | undefined {
  const { type, team_id: team, event } = fieldsOf(body);
  const { type: name, channel, ts, thread_ts: root } = fieldsOf(event);
  if (type !== 'event_callback' || name !== 'app_mention') return undefined;
  const begin = root ?? ts;
  if (!fits(channel, ID) || !fits(begin, TIMESTAMP)) return undefined;
  return { team: fits(team, ID) ? team : '', thread: { channel, ts: begin } };
}

/** Names the conversation that lives in that thread. */
export function mentionThread({ team, thread }: SlackMention): string {
  return `slack:${team}:${thread.channel}:${thread.ts}`;
}

function fits(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
}
