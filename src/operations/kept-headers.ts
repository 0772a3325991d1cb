import type { Automation } from '../domain/automation.ts';
import type { WebhookPreset } from '../domain/ports/webhook-preset.ts';
import { KEPT_HEADERS } from './inbound-event.ts';

type Headers = Readonly<Record<string, readonly string[]>>;

/** Of an unreadable file nothing says which headers matter: all are kept but these. */
const NEVER_KEPT = new Set(['authorization', 'cookie', 'proxy-authorization', 'host', 'connection', 'content-length']);

/** What of a request's headers is kept: those that the verifier, the file and the model would read. */
export function keptHeaders(
  headers: Headers,
  hook: { readonly automation: Automation; readonly preset: WebhookPreset | undefined } | undefined,
  {
    isMistaken,
  }: { /** Its credential was wrong, so that keeping it gives nothing away. */ readonly isMistaken: boolean },
): Headers {
  if (!hook) return pick(headers, (name) => !NEVER_KEPT.has(name));
  const { automation, preset } = hook;
  const reading = automation.webhookAuth && preset?.reading?.(automation.webhookAuth);
  const { proof } = reading ?? {};
  const names = new Set<string>([...KEPT_HEADERS, ...(reading?.headers ?? []), ...namedInFile(automation)]);
  if (proof?.isCredential && !isMistaken) names.delete(proof.header.toLowerCase());
  return pick(headers, (name) => names.has(name));
}

/** What stands as `header:NAME` in the file's keys and conditions, lower-case. */
function namedInFile({ webhook }: Automation): readonly string[] {
  const { filter, expect, dedupeKey, coalesce } = webhook;
  const text = JSON.stringify([filter, expect, dedupeKey, coalesce?.key]);
  return [...text.matchAll(/"header:([^"\\]+)"/g)].map(([, name = '']) => name.toLowerCase());
}

function pick(headers: Headers, isKept: (name: string) => boolean): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name)));
}
