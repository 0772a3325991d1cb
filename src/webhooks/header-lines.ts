import type { WebhookRequest } from '../domain/ports/webhook-preset.ts';

/** The lines of a header by its lower-case name; an empty list when it is not there. */
export function headerLines({ headers }: Pick<WebhookRequest, 'headers'>, name: string): readonly string[] {
  return (Object.hasOwn(headers, name) && headers[name]) || [];
}

/** The only line of a header; undefined when it is missing, empty or there are several. */
export function headerValue(request: Pick<WebhookRequest, 'headers'>, name: string): string | undefined {
  const lines = headerLines(request, name);
  return lines.length === 1 && lines[0] !== '' ? lines[0] : undefined;
}
