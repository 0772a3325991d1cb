import type { ToolContext, ToolResult } from '../../domain/ports/tool.ts';
import type { HttpClient, HttpResult } from '../../net/index.ts';
import type { Attachment } from './message-parts.ts';

export const DEFAULT_SLACK_URL = 'https://slack.com/api';

/** Where Slack takes the bytes of files. */
const UPLOAD_ORIGIN = 'https://files.slack.com';
const MAX_ANSWER_BYTES = 256 * 1024;

export interface SlackApi {
  readonly http: Pick<HttpClient, 'send'>;
  readonly baseUrl: string;
  readonly token: string;
  readonly allowPrivateNetwork: boolean;
  readonly context: ToolContext;
}

export type SlackAnswer =
  | { readonly ok: true; readonly fields: Readonly<Record<string, unknown>> }
  | Extract<ToolResult, { ok: false }>;

/** Calls a method of the Web API; Slack answers 200 also to what it refuses, and then nothing has happened. */
export async function callSlack(
  api: SlackApi,
  method: string,
  body: Readonly<Record<string, unknown>>,
): Promise<SlackAnswer> {
  const { baseUrl, token, context } = api;
  const answer = await send(api, {
    url: `${baseUrl.replace(/\/+$/, '')}/${method}`,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json; charset=utf-8',
      'idempotency-key': context.write?.idempotencyKey ?? '',
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok || answer.status >= 300) return noAnswer(answer, context);
  const fields = parsed(answer.text);
  if (fields?.ok === true) return { ok: true, fields };
  if (!fields) return { ok: false, text: 'Slack gave an answer that is not understood' };
  const why = typeof fields.error === 'string' ? fields.error : 'without a reason';
  return { ok: false, text: `Slack refused: ${context.bundle.secrets.redact(why).slice(0, 200)}`, sent: false };
}

/** Brings the bytes of one file to Slack, where nobody sees it before it is shared; its id. */
export async function uploadFile(
  api: SlackApi,
  { filename, bytes }: Attachment,
): Promise<{ readonly ok: true; readonly id: string } | Extract<SlackAnswer, { ok: false }>> {
  const place = await callSlack(api, 'files.getUploadURLExternal', { filename, length: bytes.length });
  if (!place.ok) return place;
  const { upload_url: url, file_id: id } = place.fields;
  if (typeof url !== 'string' || typeof id !== 'string' || !isUploadUrl(url, api.baseUrl)) {
    return { ok: false, text: 'Slack named no place for the file that can be trusted', sent: false };
  }
  const answer = await send(api, { url, headers: { 'content-type': 'application/octet-stream' }, body: bytes });
  if (answer.ok && answer.status < 300) return { ok: true, id };
  return { ...noAnswer(answer, api.context), sent: false };
}

/** Files go to Slack's own place for them, or to where the connection's base URL is. */
function isUploadUrl(url: string, baseUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin } = new URL(url);
  return origin === new URL(baseUrl).origin || (origin === UPLOAD_ORIGIN && baseUrl === DEFAULT_SLACK_URL);
}

interface Sending {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

function send({ http, allowPrivateNetwork, context }: SlackApi, sending: Sending): Promise<HttpResult> {
  return http.send({
    ...sending,
    method: 'POST',
    allowPrivateNetwork,
    deadlineMs: context.automation.limits.toolTimeoutSeconds * 1000,
    maxBytes: MAX_ANSWER_BYTES,
    signal: context.signal,
  });
}

function noAnswer(answer: HttpResult, { bundle }: ToolContext): Extract<SlackAnswer, { ok: false }> {
  if (answer.ok) {
    const said = bundle.secrets.redact(answer.text).slice(0, 200);
    return { ok: false, text: `Slack answered ${answer.status}${said && `: ${said}`}`, status: answer.status };
  }
  return { ok: false, text: answer.error, ...(answer.sent ? {} : { sent: false }) };
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
