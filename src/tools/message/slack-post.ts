import type { Thread } from '../../domain/delivery.ts';
import { plainText } from '../../domain/delivery-text.ts';
import type { Effect, Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { slackMessage } from '../../domain/slack-text.ts';
import type { HttpClient } from '../../net/index.ts';
import { redacted } from '../files/redacted.ts';
import { textTable } from '../table/text-table.ts';
import { MESSAGE_PROPERTIES, type MessageInput, type MessageParts, messageParts } from './message-parts.ts';
import { callSlack, DEFAULT_SLACK_URL, type SlackApi, uploadFile } from './slack-api.ts';

interface SlackInput extends MessageInput {
  readonly channel?: string;
  readonly thread_ts?: string;
  readonly send_to_current_thread?: boolean;
}

const MAX_TABLE_ROWS = 40;
/** Files are shared by the id of a channel, never by its name. */
const CHANNEL_ID = /^[CDG][A-Z0-9]{5,20}$/;

const INPUT_SCHEMA = {
  type: 'object',
  properties: {
    ...MESSAGE_PROPERTIES,
    channel: { type: 'string', maxLength: 81, description: 'As the connection lists it; with files, its id ("C…").' },
    thread_ts: { type: 'string', pattern: '^\\d{1,12}\\.\\d{1,9}$', description: 'Answer in this thread.' },
    send_to_current_thread: { type: 'boolean', description: 'Answer in the thread that started this run.' },
  },
  required: ['connection', 'text'],
  additionalProperties: false,
} as const;

/** The tool `slack_post`: a message to a channel that the connection's access file lists. */
export function slackPostTool(http: Pick<HttpClient, 'send'>): Tool {
  return {
    name: 'slack_post',
    description: 'Post a message to a Slack channel or thread, with a table and files of this run. A write.',
    inputSchema: INPUT_SCHEMA,
    effect: (input, context) => effectOf(input as SlackInput, context),
    run: (input, context) => post(redacted(input as SlackInput, context), { context, http }),
  };
}

function effectOf(input: SlackInput, context: ToolContext): Effect {
  const { connection: name } = input;
  const connection = context.bundle.connections.get(name);
  if (connection && connection.protocol !== 'slack') {
    return { ok: false, reason: `connection "${name}" is not Slack: "slack_post" does not reach it` };
  }
  const place = placeOf(input, context);
  if (!place.ok) return place;
  const recipients = [place.channel];
  return { ok: true, call: { kind: 'tool', tool: 'slack_post', effect: 'write', connection: name, recipients } };
}

type Place = { readonly ok: true; readonly channel: string; readonly ts?: string };

function placeOf(
  { channel, thread_ts: ts, send_to_current_thread: current }: SlackInput,
  { thread }: Pick<ToolContext, 'thread'>,
): Place | { readonly ok: false; readonly reason: string } {
  if (current) {
    const from: Thread | undefined = thread?.();
    if (!from) return { ok: false, reason: 'no Slack thread started this run: name a "channel"' };
    return { ok: true, channel: from.channel, ts: from.ts };
  }
  if (channel === undefined) return { ok: false, reason: 'name a "channel", or say "send_to_current_thread"' };
  return { ok: true, channel, ...(ts === undefined ? {} : { ts }) };
}

interface Means {
  readonly context: ToolContext;
  readonly http: Pick<HttpClient, 'send'>;
}

async function post(input: SlackInput, { context, http }: Means): Promise<ToolResult> {
  const connection = context.bundle.connections.get(input.connection);
  const place = placeOf(input, context);
  if (!connection || !place.ok || !context.write) return failed('there is no such connection or channel');
  const parts = await messageParts(input, context);
  if (!parts.ok) return failed(parts.reason);
  if (parts.attachments.length > 0 && !CHANNEL_ID.test(place.channel)) {
    return failed(`files go to a channel by its id ("C…"), not to ${JSON.stringify(place.channel)}`);
  }
  const { secrets } = context.bundle;
  const api: SlackApi = {
    http,
    baseUrl: secrets.resolve(connection.baseUrl || DEFAULT_SLACK_URL),
    token: secrets.resolve(connection.writeAuth?.token ?? ''),
    allowPrivateNetwork: connection.allowPrivateNetwork,
    context,
  };
  const text = textOf(input, parts);
  return parts.attachments.length > 0 ? shareFiles(api, { text, place, parts }) : postText(api, text, place);
}

async function postText(api: SlackApi, text: string, { channel, ts }: Place): Promise<ToolResult> {
  const message = { channel, ...slackMessage(text), ...(ts === undefined ? {} : { thread_ts: ts }) };
  const answer = await callSlack(api, 'chat.postMessage', message);
  if (!answer.ok) return answer;
  const { channel: id, ts: posted } = answer.fields;
  return { ok: true, text: JSON.stringify({ posted: true, channel: id ?? channel, ts: posted }) };
}

interface Sharing {
  readonly text: string;
  readonly place: Place;
  readonly parts: Extract<MessageParts, { ok: true }>;
}

/** One message with its files: they are brought there unseen first, then shared at once. */
async function shareFiles(api: SlackApi, { text, place, parts }: Sharing): Promise<ToolResult> {
  const files: { id: string; title: string }[] = [];
  for (const attachment of parts.attachments) {
    const uploaded = await uploadFile(api, attachment);
    if (!uploaded.ok) return uploaded;
    files.push({ id: uploaded.id, title: attachment.filename });
  }
  const answer = await callSlack(api, 'files.completeUploadExternal', {
    files,
    channel_id: place.channel,
    initial_comment: slackMessage(text).text,
    ...(place.ts === undefined ? {} : { thread_ts: place.ts }),
  });
  if (!answer.ok) return answer;
  return {
    ok: true,
    text: JSON.stringify({ posted: true, channel: place.channel, files: files.map(({ title }) => title) }),
  };
}

function textOf({ text }: SlackInput, { table }: Extract<MessageParts, { ok: true }>): string {
  const title = table?.title ? `*${plainText(table.title)}*\n` : '';
  const shown = table ? `\n\n${title}\`\`\`\n${plainText(textTable(table, MAX_TABLE_ROWS))}\n\`\`\`` : '';
  return `${plainText(text)}${shown}`;
}

function failed(text: string): ToolResult {
  return { ok: false, text, sent: false };
}
