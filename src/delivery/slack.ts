import type { Delivery, DeliveryResult } from '../domain/delivery.ts';
import { retryAfterSeconds } from '../domain/delivery-schedule.ts';
import type { DeliveryContext, DeliveryType } from '../domain/ports/delivery-type.ts';
import { slackMessage } from '../domain/slack-text.ts';
import { type HttpAnswer, type HttpClient, urlProblem } from '../net/index.ts';
import { deliveryFailure, httpDelivery, shortWords, withoutThrowing } from './delivery-failure.ts';
import { missingTexts, requiredText, textOption } from './target-options.ts';
import { DEFAULT_ATTEMPT_MS } from './webhook.ts';

const DEFAULT_API_URL = 'https://slack.com/api';

/** The whole answer is needed: it says whether the message was taken. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** Errors of `chat.postMessage` that pass by themselves (https://api.slack.com/methods/chat.postMessage#errors). */
const PASSING: ReadonlySet<string> = new Set([
  'accesslimited',
  'fatal_error',
  'internal_error',
  'rate_limited',
  'ratelimited',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
]);

/** Posts the text to a Slack channel with a bot token; with `"thread": "event"`, into the thread that the event names. */
export function slackDelivery({ http }: { readonly http: HttpClient }): DeliveryType {
  return {
    type: 'slack',
    check: (options, secrets) => {
      const missing = missingTexts(options, ['channel', 'token']);
      const apiUrl = textOption(options, 'apiUrl', secrets);
      const problem = apiUrl === undefined ? undefined : urlProblem(apiUrl);
      const thread = options.thread === undefined || options.thread === 'event' ? [] : ['"thread" must be "event"'];
      return [...missing, ...(problem ? [`"apiUrl": ${problem}`] : []), ...thread];
    },
    send: (delivery, context) => withoutThrowing(context, () => postMessage(delivery, context, http)),
  };
}

async function postMessage(delivery: Delivery, context: DeliveryContext, http: HttpClient): Promise<DeliveryResult> {
  const { secrets, signal } = context;
  const { payload, target } = delivery;
  const { thread } = payload;
  const channel = thread?.channel ?? requiredText(target.options, 'channel', secrets);
  const message = { channel, ...slackMessage(payload.text), ...(thread && { thread_ts: thread.ts }) };
  const apiUrl = textOption(target.options, 'apiUrl', secrets) ?? DEFAULT_API_URL;
  const answer = await http.send({
    url: `${apiUrl.replace(/\/+$/, '')}/chat.postMessage`,
    method: 'POST',
    headers: {
      authorization: `Bearer ${requiredText(target.options, 'token', secrets)}`,
      'content-type': 'application/json; charset=utf-8',
      'idempotency-key': delivery.id,
    },
    body: JSON.stringify(message),
    allowPrivateNetwork: target.options.allowPrivateNetwork === true,
    deadlineMs: DEFAULT_ATTEMPT_MS,
    maxBytes: MAX_ANSWER_BYTES,
    signal,
  });
  return answer.ok && answer.status < 300 ? slackResult(answer, context) : httpDelivery(answer, context);
}

/** Slack answers 200 also to what it refuses; `error` says why. */
function slackResult({ status, text, headers }: HttpAnswer, { secrets, now }: DeliveryContext): DeliveryResult {
  const said = parsed(text);
  if (said?.ok === true) return { ok: true, httpStatus: status };
  const error = typeof said?.error === 'string' ? said.error : 'an answer that is not understood';
  const how = said === undefined || PASSING.has(error) ? 'retryable' : 'final';
  const after = retryAfterSeconds(headers['retry-after'], now());
  const words = shortWords(secrets.redact(error));
  return {
    ...deliveryFailure(`Slack: ${words}`, how),
    httpStatus: status,
    ...(after !== undefined && { retryAfterSeconds: after }),
  };
}

function parsed(text: string): { readonly ok?: unknown; readonly error?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}
