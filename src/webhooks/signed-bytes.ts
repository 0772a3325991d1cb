import type { WebhookRequest } from '../domain/ports/webhook-preset.ts';
import type { TemplatePart } from './auth-shape.ts';
import { headerValue } from './header-lines.ts';

const DOTTED_ID = /^[A-Za-z0-9_-]{1,256}$/;

/** What a template is filled with besides the request itself. */
export interface TemplateValues {
  readonly timestamp?: string;
  readonly url?: string;
}

/** The exact bytes that a sender signs; undefined when a value is missing or could be read in two ways. */
export function signedBytes(
  template: readonly TemplatePart[],
  request: WebhookRequest,
  values: TemplateValues,
): Buffer | undefined {
  const [only, ...others] = template;
  if (only?.type === 'body' && others.length === 0) return request.body;
  const parts = template.map((part) => bytesOf(part, request, values));
  const found = parts.filter((part) => part !== undefined);
  return found.length === parts.length ? Buffer.concat(found) : undefined;
}

function bytesOf(part: TemplatePart, request: WebhookRequest, { timestamp, url }: TemplateValues): Buffer | undefined {
  switch (part.type) {
    case 'body':
      return request.body;
    case 'text':
      return Buffer.from(part.text, 'utf8');
    case 'method':
      return Buffer.from(request.method.toUpperCase(), 'latin1');
    case 'timestamp':
      return timestamp === undefined ? undefined : Buffer.from(timestamp, 'latin1');
    case 'url':
      return url === undefined ? undefined : Buffer.from(url, 'utf8');
    case 'header': {
      const value = headerValue(request, part.name);
      return value === undefined || (part.isDotted && !DOTTED_ID.test(value))
        ? undefined
        : Buffer.from(value, 'latin1');
    }
  }
}
