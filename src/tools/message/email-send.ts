import type { Connection } from '../../domain/connection.ts';
import { withoutControls } from '../../domain/delivery-text.ts';
import type { Secrets } from '../../domain/ports/secrets.ts';
import type { Effect, Tool, ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import { type Mail, type SmtpServer, sendMail } from '../../net/index.ts';
import { redacted } from '../files/redacted.ts';
import { mailText } from './mail-text.ts';
import { MESSAGE_PROPERTIES, type MessageInput, type MessageParts, messageParts } from './message-parts.ts';

interface EmailInput extends MessageInput {
  readonly to: readonly string[];
  readonly subject: string;
}

const MAX_RECIPIENTS = 20;
const MAX_SUBJECT_CHARACTERS = 150;
const DEFAULT_PORT = 587;
const SECURE_PORT = 465;
const ADDRESS = /^[^\s@<>,;:"\p{Cc}]+@[^\s@<>,;:"\p{Cc}]+$/u;
/** Pictures that mail programs show in the text. */
const SHOWN: readonly string[] = ['image/png', 'image/jpeg', 'image/gif'];

const INPUT_SCHEMA = {
  type: 'object',
  properties: {
    ...MESSAGE_PROPERTIES,
    to: {
      type: 'array',
      items: { type: 'string', maxLength: 254 },
      minItems: 1,
      maxItems: MAX_RECIPIENTS,
      description: 'Addresses that the connection lists.',
    },
    subject: { type: 'string', minLength: 1, maxLength: 200 },
  },
  required: ['connection', 'to', 'subject', 'text'],
  additionalProperties: false,
} as const;

/** The tool `email_send`: a mail to addresses that the connection's access file lists. */
export function emailSendTool(): Tool {
  return {
    name: 'email_send',
    description: 'Send a mail, with a table and files of this run; pictures stand in its text. A write.',
    inputSchema: INPUT_SCHEMA,
    effect: (input, context) => effectOf(input as EmailInput, context),
    run: (input, context) => send(redacted(input as EmailInput, context), context),
  };
}

function effectOf({ connection: name, to }: EmailInput, { bundle }: ToolContext): Effect {
  const connection = bundle.connections.get(name);
  if (connection && connection.protocol !== 'smtp') {
    return { ok: false, reason: `connection "${name}" is not a mail server: "email_send" does not reach it` };
  }
  const wrong = to.find((address) => !ADDRESS.test(address));
  if (wrong !== undefined) return { ok: false, reason: `${JSON.stringify(wrong)} is no mail address` };
  return { ok: true, call: { kind: 'tool', tool: 'email_send', effect: 'write', connection: name, recipients: to } };
}

async function send(input: EmailInput, context: ToolContext): Promise<ToolResult> {
  const connection = context.bundle.connections.get(input.connection);
  if (!connection || !context.write) return failed('there is no such connection');
  const parts = await messageParts(input, context);
  if (!parts.ok) return failed(parts.reason);
  const { secrets } = context.bundle;
  const mail = mailOf(input, parts, { context, connection });
  const sent = await sendMail(serverOf(connection, secrets), mail, {
    allowPrivateNetwork: connection.allowPrivateNetwork,
    deadlineMs: context.automation.limits.toolTimeoutSeconds * 1000,
    signal: context.signal,
  });
  if (!sent.ok) {
    const text = `not sent: ${withoutControls(secrets.redact(sent.error)).slice(0, 300)}`;
    return sent.sent === false ? failed(text) : { ok: false, text };
  }
  const files = parts.attachments.map(({ filename }) => filename);
  const rejected = sent.rejected.length > 0 ? { rejected: sent.rejected } : {};
  return { ok: true, text: JSON.stringify({ sent: true, to: input.to, files, ...rejected }) };
}

interface Sender {
  readonly context: ToolContext;
  readonly connection: Connection;
}

function mailOf(
  { to, subject, text }: EmailInput,
  { table, attachments }: Extract<MessageParts, { ok: true }>,
  { context, connection }: Sender,
): Mail {
  const key = context.write?.idempotencyKey ?? '';
  const attached = attachments.map(({ filename, mediaType, bytes }, index) => ({
    filename,
    contentType: mediaType,
    content: bytes,
    ...(SHOWN.includes(mediaType) ? { cid: `file${index}@amodal.invalid` } : {}),
  }));
  const pictures = attached.flatMap(({ cid, filename }) => (cid === undefined ? [] : [{ cid, filename }]));
  const foot = `${context.automation.name} · ${context.run}`;
  return {
    from: context.bundle.secrets.resolve(String(connection.spec.from)),
    to,
    subject: oneLine(subject),
    ...mailText({ text, pictures, foot, ...(table ? { table } : {}) }),
    messageId: `<${key}@amodal.invalid>`,
    date: new Date(context.now()),
    headers: { 'Idempotency-Key': key, 'Auto-Submitted': 'auto-generated' },
    attachments: attached,
  };
}

function serverOf({ spec, writeAuth }: Connection, secrets: Secrets): SmtpServer {
  const { host, port, secure } = spec;
  const isSecure = secure === true;
  return {
    host: secrets.resolve(String(host)),
    port: typeof port === 'number' ? port : isSecure ? SECURE_PORT : DEFAULT_PORT,
    secure: isSecure,
    ...(writeAuth?.username === undefined ? {} : { user: secrets.resolve(writeAuth.username) }),
    ...(writeAuth?.password === undefined ? {} : { password: secrets.resolve(writeAuth.password) }),
  };
}

/** No line break can begin another header. */
function oneLine(text: string): string {
  const line = withoutControls(text).replace(/\s+/g, ' ').trim();
  return [...line].slice(0, MAX_SUBJECT_CHARACTERS).join('');
}

function failed(text: string): ToolResult {
  return { ok: false, text, sent: false };
}
