import type { Target } from './automation.ts';
import type { Thread } from './delivery.ts';
import type { Event } from './event.ts';
import { type SlackMention, slackMention } from './slack-mention.ts';

const PAIRS = [
  ['slack_channel', 'thread_ts'],
  ['channel', 'slack_thread_ts'],
] as const;

const CHANNEL = /^[#@]?[A-Za-z0-9_.-]{1,80}$/;
const TIMESTAMP = /^\d{1,12}\.\d{1,9}$/;

/**
 * The Slack thread that an event names (`slack_channel` + `thread_ts`, or `channel` + `slack_thread_ts`), or in which
 * somebody mentioned the app.
 */
export function eventThread(event: Event | undefined): Thread | undefined {
  const fields = { ...event?.query, ...bodyFields(event) };
  const threads = PAIRS.map(([channel, ts]) => ({ channel: fields[channel], ts: fields[ts] }));
  return threads.find(isThread) ?? slackMention(fields)?.thread;
}

/** The mention of the app that an event of Slack is; undefined when it is something else. */
export function eventMention(event: Event): SlackMention | undefined {
  return slackMention(bodyFields(event));
}

/** The thread in which a target answers an event; undefined where it does not ask for one, or the event names none. */
export function threadFor({ options }: Target, event: Event | undefined): Thread | undefined {
  return options.thread === 'event' ? eventThread(event) : undefined;
}

function isThread(thread: { readonly channel: unknown; readonly ts: unknown }): thread is Thread {
  const { channel, ts } = thread;
  return typeof channel === 'string' && CHANNEL.test(channel) && typeof ts === 'string' && TIMESTAMP.test(ts);
}

function bodyFields(event: Event | undefined): Readonly<Record<string, unknown>> {
  const body = event?.body ?? '';
  switch (event?.format) {
    case 'json':
      return jsonFields(body);
    case 'form': {
      const form = Object.fromEntries(new URLSearchParams(body));
      return { ...jsonFields(form.payload ?? ''), ...form };
    }
    case 'text':
    case 'binary':
    case 'none':
    case undefined:
      return {};
  }
}

function jsonFields(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
