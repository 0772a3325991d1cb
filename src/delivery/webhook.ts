import type { Delivery, DeliveryResult } from '../domain/delivery.ts';
import type { DeliveryContext, DeliveryType } from '../domain/ports/delivery-type.ts';
import type { Templates } from '../domain/ports/templates.ts';
import { type HttpClient, signStandardWebhook, urlProblem } from '../net/index.ts';
import { httpDelivery, withoutThrowing } from './delivery-failure.ts';
import { missingTexts, type Options, requiredText, textOption, textRecord } from './target-options.ts';
import { renderBody } from './webhook-body.ts';
import { formatPayload, inferFormat, WEBHOOK_FORMATS, type WebhookFormat } from './webhook-format.ts';

export interface WebhookPorts {
  readonly http: HttpClient;
  readonly templates: () => Promise<Pick<Templates, 'render'>>;
}

/** One attempt, the answer included. */
export const DEFAULT_ATTEMPT_MS = 12_000;

/** Of an answer only this much is kept, for the error. */
export const ANSWER_EXCERPT_BYTES = 1024;

/** Headers that say what the request is; a file cannot set them. */
const OWN_HEADERS =
  /^(host|content-length|connection|transfer-encoding|idempotency-key|webhook-(id|timestamp|signature))$/i;

/** Posts the payload to a URL (SPEC §7), signed by Standard Webhooks where the target has a `secret`. */
export function webhookDelivery(ports: WebhookPorts): DeliveryType {
  return {
    type: 'webhook',
    check: (options, secrets) => {
      const missing = missingTexts(options, ['url']);
      if (missing.length > 0) return missing;
      const problem = urlProblem(secrets.resolve(String(options.url)));
      return [
        ...(problem ? [`"url": ${problem}`] : []),
        ...formatProblems(options),
        ...secretProblems(options, secrets),
      ];
    },
    send: (delivery, context) => withoutThrowing(context, () => post(delivery, context, ports)),
  };
}

async function post(delivery: Delivery, context: DeliveryContext, ports: WebhookPorts): Promise<DeliveryResult> {
  const { secrets, signal } = context;
  const { options } = delivery.target;
  const url = requiredText(options, 'url', secrets);
  const body = JSON.stringify(await bodyOf(delivery, url, { context, ports }));
  const answer = await ports.http.send({
    url,
    method: 'POST',
    headers: headersOf(delivery, body, context),
    body,
    allowPrivateNetwork: options.allowPrivateNetwork === true,
    deadlineMs: DEFAULT_ATTEMPT_MS,
    maxBytes: ANSWER_EXCERPT_BYTES,
    answer: 'excerpt',
    signal,
  });
  return httpDelivery(answer, context);
}

async function bodyOf(
  { payload, target }: Delivery,
  url: string,
  { context, ports }: { readonly context: DeliveryContext; readonly ports: WebhookPorts },
): Promise<unknown> {
  const { body, format } = target.options;
  if (body !== undefined) {
    return renderBody(body, payload, { templates: await ports.templates(), secrets: context.secrets });
  }
  if (isFormat(format)) return formatPayload(payload, format);
  return formatPayload(payload, URL.canParse(url) ? inferFormat(new URL(url)) : 'raw');
}

function headersOf({ id, target }: Delivery, body: string, { secrets, now }: DeliveryContext) {
  const given = Object.entries(textRecord(target.options.headers, secrets));
  const secret = textOption(target.options, 'secret', secrets);
  const timestamp = Math.floor(now() / 1000);
  const lower = given.map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    'content-type': 'application/json',
    'user-agent': 'amodal',
    ...Object.fromEntries(lower.filter(([name]) => !OWN_HEADERS.test(name))),
    'idempotency-key': id,
    'webhook-id': id,
    ...(secret !== undefined && signStandardWebhook({ secret, id, timestamp, body })),
  };
}

function isFormat(format: unknown): format is WebhookFormat {
  return WEBHOOK_FORMATS.some((known) => known === format);
}

function formatProblems({ format }: Options): readonly string[] {
  if (format === undefined || isFormat(format)) return [];
  return [`"format" must be one of ${WEBHOOK_FORMATS.join(', ')}, got ${JSON.stringify(format)}`];
}

function secretProblems(options: Options, secrets: DeliveryContext['secrets']): readonly string[] {
  if (options.secret === undefined) return [];
  const secret = textOption(options, 'secret', secrets) ?? '';
  return secret === '' || secret === 'whsec_' ? ['"secret" is empty: anybody could sign with it'] : [];
}
