import { createHash } from 'node:crypto';
import { parse, stringify } from 'node:querystring';
import type { WebhookRequest } from '../../domain/ports/webhook-preset.ts';
import { textAt } from '../../domain/values-at.ts';
import { headerValue } from '../header-lines.ts';
import type { Sender } from '../sender.ts';

const STANDARD_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

/** Twilio: SHA-1 over the public URL and the sorted form fields, or over a URL that carries the hash of a JSON body. */
export const twilio: Sender = {
  name: 'twilio',
  page: 'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
  auth: { type: 'hmac-sha1', header: 'X-Twilio-Signature', encoding: 'base64', prefix: '' },
  signedContents,
  dedupe: [messageKey, 'header:I-Twilio-Idempotency-Token', 'sha256(body)'],
  eventType: [[eventName]],
  sample: ({ id }) => ({
    contentType: 'application/x-www-form-urlencoded',
    headers: { 'I-Twilio-Idempotency-Token': id },
    body: new URLSearchParams({
      MessageSid: `SM${id}`,
      AccountSid: 'AC1',
      From: '+15550001111',
      To: '+15550002222',
      Body: 'Hello',
      SmsStatus: 'received',
    }).toString(),
  }),
};

/** Twilio signs the URL with or without its port, and escaped in one of three ways: it depends on the product. */
function signedContents(request: WebhookRequest, publicUrl: string): readonly Buffer[] {
  const type = (headerValue(request, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  const isForm = type === 'application/x-www-form-urlencoded';
  const url = isForm || request.body.length === 0 ? publicUrl : urlWithBodyHash(publicUrl, request.body);
  const fields = isForm ? sortedFields(request.body.toString('utf8')) : '';
  return url === undefined
    ? []
    : spellings(url)
        .flatMap(portVariants)
        .map((one) => Buffer.from(one + fields, 'utf8'));
}

/** The query names the hash of the body; undefined when it names another. */
function urlWithBodyHash(url: string, body: Buffer): string | undefined {
  const hash = createHash('sha256').update(body).digest('hex');
  const named = /[?&]bodySHA256=([^&#]*)/.exec(url)?.[1];
  if (named !== undefined) return named === hash ? url : undefined;
  return `${url}${url.includes('?') ? '&' : '?'}bodySHA256=${hash}`;
}

/** Names in the order of their characters, each followed by its different values in theirs. */
function sortedFields(text: string): string {
  const fields = new Map<string, Set<string>>();
  for (const [name, value] of new URLSearchParams(text)) fields.set(name, (fields.get(name) ?? new Set()).add(value));
  const names = [...fields.keys()].sort();
  return names.flatMap((name) => [...(fields.get(name) ?? [])].sort().map((value) => name + value)).join('');
}

/** The URL as written, as browsers escape it, and with its query written anew. */
function spellings(url: string): readonly string[] {
  const [base = '', query] = url.split(/\?(.*)/s);
  const anew = query === undefined ? [] : [`${base}?${stringify(parse(query))}`];
  return [...new Set([url, ...(URL.canParse(url) ? [new URL(url).href] : []), ...anew])];
}

function portVariants(url: string): readonly string[] {
  const [, scheme = '', authority = '', rest = ''] = /^(https?:)\/\/([^/?#]*)(.*)$/s.exec(url) ?? [];
  if (!scheme) return [url];
  const bare = authority.replace(/:\d+$/, '');
  const withPort = bare === authority ? `${authority}:${STANDARD_PORTS[scheme]}` : authority;
  return [...new Set([url, `${scheme}//${withPort}${rest}`, `${scheme}//${bare}${rest}`])];
}

/** A message changes its state: each state of it is an event of its own. */
function messageKey(value: unknown): string | undefined {
  const message = textAt(value, 'MessageSid') ?? textAt(value, 'SmsSid');
  const status = textAt(value, 'MessageStatus') ?? textAt(value, 'SmsStatus');
  return message && [message, status].filter(Boolean).join(':');
}

function eventName(value: unknown): string | undefined {
  const message = textAt(value, 'MessageStatus') ?? textAt(value, 'SmsStatus');
  if (message !== undefined) return `message.${message}`;
  const call = textAt(value, 'CallStatus');
  return call === undefined ? undefined : `call.${call}`;
}
