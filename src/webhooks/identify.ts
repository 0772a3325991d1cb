import type { WebhookElement, WebhookIdentity, WebhookRequest } from '../domain/ports/webhook-preset.ts';
import { boundedKey, readSource } from '../domain/read-source.ts';
import { textAt, valuesAt } from '../domain/values-at.ts';
import type { AuthShape } from './auth-shape.ts';
import { payloadOf } from './payload-of.ts';
import type { Sender, Source } from './sender.ts';

/** How long a key lives that is only the body's hash: two equal events may be two events. */
const HASH_KEY_TTL_MS = 24 * 60 * 60 * 1000;

/** What an authentic request says of itself: its key, its name, its parts. */
export function identify(request: WebhookRequest, sender: Sender, shape: AuthShape | undefined): WebhookIdentity {
  const value = payloadOf(request);
  const elements = elementsOf(value, sender);
  const eventType = nameOf(request, value, sender) ?? commonName(elements);
  const title = sender.title?.(value);
  return {
    ...keyOf(request, value, { sender, shape }),
    ...(eventType !== undefined && { eventType }),
    ...(title !== undefined && { title }),
    ...(elements.length > 0 && { elements }),
  };
}

type KeyPart = Pick<WebhookIdentity, 'dedupeKey' | 'dedupeTtlMs' | 'dedupeSource'>;

function keyOf(
  request: WebhookRequest,
  value: unknown,
  { sender, shape }: { readonly sender: Sender; readonly shape: AuthShape | undefined },
): KeyPart {
  for (const source of sender.dedupe) {
    const key = read(source, request, value);
    if (key === undefined) continue;
    if (source === 'sha256(body)') return { dedupeKey: key, dedupeTtlMs: HASH_KEY_TTL_MS, dedupeSource: 'hash' };
    return { dedupeKey: boundedKey(key), dedupeSource: isSigned(source, shape) ? 'signed' : 'unsigned' };
  }
  return {};
}

function isSigned(source: Source, shape: AuthShape | undefined): boolean {
  if (shape?.scheme !== 'hmac' && shape?.scheme !== 'public-key') return false;
  if (typeof source === 'function' || source.startsWith('body:')) return true;
  const name = source.slice('header:'.length).toLowerCase();
  return shape.template.some((part) => part.type === 'header' && part.name === name);
}

function nameOf(request: WebhookRequest, value: unknown, { eventType }: Sender): string | undefined {
  for (const [first, ...rest] of eventType) {
    const name = first === undefined ? undefined : read(first, request, value);
    if (name !== undefined)
      return [name, ...rest.map((source) => read(source, request, value))].filter(Boolean).join('.');
  }
  return undefined;
}

function read(source: Source, request: WebhookRequest, value: unknown): string | undefined {
  return typeof source === 'function' ? source(value) : readSource(source, { ...request, value });
}

function elementsOf(value: unknown, { elements }: Sender): readonly WebhookElement[] {
  if (!elements) return [];
  const list = elements.list === '' ? (Array.isArray(value) ? value : []) : valuesAt(value, elements.list);
  return list.map((element) => {
    const id = elements.id === undefined ? undefined : textAt(element, elements.id);
    const eventType = elements.eventType === undefined ? undefined : textAt(element, elements.eventType);
    const key = id === undefined ? undefined : elements.key?.map((path) => textAt(element, path) ?? '').join(' ');
    return { ...(id !== undefined && { id }), ...(eventType !== undefined && { eventType }), ...(key && { key }) };
  });
}

/** The one name that all parts have. */
function commonName(elements: readonly WebhookElement[]): string | undefined {
  const [first] = elements;
  return elements.every(({ eventType }) => eventType === first?.eventType) ? first?.eventType : undefined;
}
